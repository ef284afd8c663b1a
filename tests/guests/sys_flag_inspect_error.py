# flags: -i
# stdin: import sys
# stdin: sys.last_value
# stdin: sys.last_traceback.tb_frame.f_code.co_name
# stdin: exit()
# stderr: yes
"""-i after an uncaught exception."""

import atexit

atexit.register(print, "at exit")
raise ValueError("uncaught")
