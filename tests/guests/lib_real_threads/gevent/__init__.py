"""Stands for the library of that name: its loop waits in C, and its threads call it from there."""
