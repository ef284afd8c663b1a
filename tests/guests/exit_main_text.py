# ends: 1
# stderr: yes
"""SystemExit with text prints it on stderr."""

import sys
import threading

threading.Thread(target=print, args=("a thread",)).start()
sys.exit("some text with ümlauts")
