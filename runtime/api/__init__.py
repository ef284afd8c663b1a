"""What `import ocoro` offers to programs, apart from the hooks. Nothing here is imported unless a program asks for it.

It works on the thread that used it first, or, once hooks are installed, on the main thread: that is the home thread.
Other threads may spawn, wait for and cancel what runs there.
"""
