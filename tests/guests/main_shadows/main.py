"""The program's own modules win over installed ones and over the standard library's, as sys.path orders them."""

import calendar
import greenlet
import logging
import queue
import random
import sched
import select
import socket
import subprocess
import token

for module in (calendar, greenlet, logging, queue, random, sched, select, socket, subprocess, token):
    print(module.__name__, getattr(module, "MINE", "not mine"))
