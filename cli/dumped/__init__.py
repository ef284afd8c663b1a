"""What the coroutines of a running program do, by three ways: asked, read from its memory, or as it is recorded."""
