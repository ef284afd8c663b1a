"""Many threads alive together, then many in a row."""

import threading

event = threading.Event()
answers = []


def work(number):
    event.wait()
    answers.append(number)


threads = [threading.Thread(target=work, args=(number,)) for number in range(400)]
for thread in threads:
    thread.start()
print(threading.active_count())
event.set()
for thread in threads:
    thread.join()
print(sorted(answers) == list(range(400)), threading.active_count())
for number in range(400):
    thread = threading.Thread(target=answers.append, args=(number,))
    thread.start()
    thread.join()
print(len(answers), answers[-3:], thread.name)
