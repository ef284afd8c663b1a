"""Plain python: Ctrl-C comes while the hub sleeps. It is for main, and the coroutines live on."""

import ocoro

left = ocoro.spawn(ocoro.sleep, 1000)
ocoro.yield_now()
for _ in range(2):
    try:
        print("ready", flush=True)
        ocoro.sleep(1000)
    except KeyboardInterrupt:
        print("interrupted", left.state.value, flush=True)
        break
left.cancel()
print(left.join(10), ocoro.spawn(pow, 2, 2).result())
