/* What the sources of `ocoro.runtime.fast` share: the slots of our Python objects, and how to wait. */
#ifndef OCORO_FAST_INSIDE_H
#define OCORO_FAST_INSIDE_H

#define PY_SSIZE_T_CLEAN
#include "fast.h"
#include <structmember.h>

#pragma GCC visibility push(hidden)

/* -- the slots of Python objects --------------------------------------------------------------------------------- */

#define SCHEDULER_SLOTS(X) \
    X(coroutines) X(current) X(dead) X(dozing) X(epoll_fd) X(fds) X(forks) X(home) X(hub) X(keeps_garbage) X(main) X(noticed) \
    X(ready) X(recorder) X(run_handlers) X(signals) X(switched_at) X(timers) X(turn) X(wake_fd)
#define COROUTINE_SLOTS(X) \
    X(alarm) X(awaited) X(deadline) X(delayed) X(expired) X(granted) X(greenlet) X(ident) X(interrupted) X(number) X(overtaken) X(parked) \
    X(parked_at) X(ready_at) X(serial) X(site) X(slot) X(started_at) X(waited) X(waker) X(yields)
#define RECORDER_SLOTS(X) X(at) X(coroutines) X(first) X(last) X(listener) X(most) X(opening) X(places) X(records) X(ring)
#define RECORDS_SLOTS(X) X(_name) X(_over) X(_recording) X(due_at) X(written_at)
#define TALLY_SLOTS(X) X(elsewhere) X(recorder) X(sites)
#define SITE_SLOTS(X) X(number) X(sums)
#define WAITERS_SLOTS(X) X(closed) X(others) X(patience) X(readers)

#define AS_FIELD(name) Py_ssize_t name;
#define AS_NAME(name) #name,
#define KIND(kind, slots)   \
    typedef struct {        \
        slots(AS_FIELD)     \
    } kind##_slots;         \
    extern kind##_slots kind;
#define DEFINE_KIND(kind, slots) \
    kind##_slots kind;           \
    static const char *kind##_names[] = {slots(AS_NAME) NULL};

KIND(scheduler_at, SCHEDULER_SLOTS)
KIND(coroutine_at, COROUTINE_SLOTS)
KIND(recorder_at, RECORDER_SLOTS)
KIND(records_at, RECORDS_SLOTS)
KIND(tally_at, TALLY_SLOTS)
KIND(site_at, SITE_SLOTS)
KIND(waiters_at, WAITERS_SLOTS)

#define SLOT(object, kind, name) (*(PyObject **)((char *)(object) + kind##_at.name))

/* Borrowed; none of the slots named above is ever deleted. */
#define GET(object, kind, name) SLOT(object, kind, name)

static inline void
put(PyObject **slot, PyObject *value)
{
    PyObject *old = *slot;
    *slot = value;
    Py_XDECREF(old);
}

/* Set a slot to a new reference. What was there must have no destructor that calls Python code. */
#define PUT(object, kind, name, value) put(&SLOT(object, kind, name), (value))

/* The value of an int that fits: `PyLong_AsSsize_t` without a call for the small ones. */
static inline Py_ssize_t
as_int(PyObject *number)
{
#if PY_VERSION_HEX >= 0x030C0000
    if (PyLong_CheckExact(number) && PyUnstable_Long_IsCompact((PyLongObject *)number)) {
        return PyUnstable_Long_CompactValue((PyLongObject *)number);
    }
#else
    if (PyLong_CheckExact(number) && Py_ABS(Py_SIZE(number)) <= 1) {
        return Py_SIZE(number) * (Py_ssize_t)((PyLongObject *)number)->ob_digit[0];
    }
#endif
    return PyLong_AsSsize_t(number);
}

enum { BURIED = -1 }; /* as in `coroutine.py` */

/* The end of a call of Python code: 0, or -1 with an exception. */
static inline int
run(PyObject *result)
{
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

extern PyObject *the_scheduler; /* the one that is served; NULL before `begin` */
extern PyObject *zero, *one, *never;
extern PyObject *long_ago; /* the time 0.0 */
extern PyObject *the_recorder; /* its recorder, which is the same all along */
extern PyTypeObject *coroutine_type;
extern PyTypeObject SumsType;
extern PyCFunction deque_append, deque_popleft;

/* Fill in where the slots with these names are in objects of a type; -1 with an exception. */
int find_slots(PyObject *type, const char **names, Py_ssize_t *offsets);

/* Whether the calling thread carries the coroutines. */
int is_home(void);

/* The coroutine that calls, borrowed, if it is of the common kind; else NULL, perhaps with an exception. */
PyObject *common_caller(PyObject *self);

/* Collect no garbage until the next switch, or `collect`. */
void keep_garbage(PyObject *self);
void collect(PyObject *self);

/* Suspend `me`, who has told its waker and keeps garbage: 1 when woken, 0 after `deadline`, -1 with an exception. */
int suspend(PyObject *self, PyObject *me, PyObject *tally, PyObject *deadline, int fd, int keeps_dead);

/* Switch to a greenlet, or to what stands in for one, with all that belongs to a thread put aside; -1 with an exception. */
int switch_to(PyObject *greenlet);

/* Let go those who have ended. Runs destructors. */
int clear_dead(PyObject *self);

/* `Switching.unpark`. */
int unpark(PyObject *self, PyObject *coroutine, PyObject *serial);

/* The scheduler's clock, in seconds. */
double now(void);

/* The site of a call that the program makes just now; a new reference. Runs Python code for a place not seen before. */
PyObject *find_site(PyObject *tally);

/* Add one switch to the sums of a site; seconds. Or a call, of so many bytes. */
void add_switch(PyObject *site, double wait, double late);
void add_call(PyObject *site, Py_ssize_t size);

/* As in `Waits`. */
void count(PyObject *tally, Py_ssize_t size);

/* Put a wait into the flight recorder, if there is one, and into the totals of `me`. -1 with an exception. */
int note_wait(PyObject *me, PyObject *site, double start, double ready, double end, int fd);

/* Add the time that `me`, who was ready, was not resumed to its totals; seconds. -1 with an exception. */
int note_late(PyObject *me, double late);

/* Stand in front of the recorder's methods. */
int serve_recorder(PyObject *recorder, PyObject *records, PyObject *site);

/* Find the sites of these tallies. */
int serve_tallies(PyObject *tally);

/* As in `Waits`. */
PyObject *waiters_of(int fd);
long patience(PyObject *waiters);
void set_patience(PyObject *waiters, long value);
int wait_readable(PyObject *tally, int fd, double deadline);

/* Take in which fds are ready, without waiting: who goes to sleep while nobody is ready saves the hub its turn. But for
   those that one coroutine wants to read, they are left to the hub. */
int look_at_fds(PyObject *self, double at);

/* Stand in front of `FdWaits.wait_readable`. */
int serve_fds(PyObject *fd_waits, PyObject *waiters);

/* Put a method in front of the Python function of that name in a class; the function goes to `behind`. */
int stand_in_front(PyTypeObject *type, PyMethodDef *method, PyObject **behind);

/* Take note of the thread that carries the coroutines. */
int serve_states(void);

/* Functions of the module. */
PyObject *function_switch(PyObject *module, PyObject *greenlet);
PyObject *begin_thread(PyObject *module, PyObject *ignored);
PyObject *end_thread(PyObject *module, PyObject *ignored);
PyObject *watch_switches(PyObject *module, PyObject *args);
PyObject *mute_hidden(PyObject *module, PyObject *ignored);
PyObject *frame_of(PyObject *module, PyObject *ident);
PyObject *serve_locks(PyObject *module, PyObject *args);
PyObject *thread_functions(PyObject *module, PyObject *args);
PyObject *guard(PyObject *module, PyObject *memory);
PyObject *unguard(PyObject *module, PyObject *memory);
PyObject *was_cut(PyObject *module, PyObject *ignored);
PyObject *on_top(PyObject *module, PyObject *ends);

#pragma GCC visibility pop
#endif
