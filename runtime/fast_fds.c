/* Waiting for file descriptors, in C: to be told once when one can be read, and to take in those that are ready. See
   `fast.c` for the rules. */

#include "fast_inside.h"
#include <errno.h>
#include <math.h>
#include <sys/epoll.h>

DEFINE_KIND(waiters_at, WAITERS_SLOTS)

static PyObject *python_wait_readable; /* the function behind ours */
static PyObject *name_waiters;

/* -- what has become ready --------------------------------------------------------------------------------------------- */

enum { AT_ONCE = 64 }; /* events */

PyObject *
waiters_of(int fd)
{
    PyObject *key = the_scheduler == NULL ? NULL : PyLong_FromLong(fd);
    PyObject *waiters = key == NULL ? NULL : PyDict_GetItemWithError(GET(the_scheduler, scheduler, fds), key);
    Py_XDECREF(key);
    PyErr_Clear();
    return Py_XNewRef(waiters);
}

__attribute__((noinline)) /* or each coroutine that sleeps would keep a copy of `events` with its stack */
int
look_at_fds(PyObject *self, double at)
{
    struct epoll_event events[AT_ONCE];
    int epoll_fd = (int)PyLong_AsLong(GET(self, scheduler, epoll_fd));
    if (epoll_fd < 0 || GET(self, scheduler, dozing) == Py_True) { /* then it is for the hub to wake the monitor */
        return 0;
    }
    int number = epoll_wait(epoll_fd, events, AT_ONCE, 0);
    for (int each = 0; each < number; each++) {
        PyObject *waiters = events[each].events == EPOLLIN ? waiters_of(events[each].data.fd) : NULL;
        PyObject *readers = waiters == NULL ? NULL : GET(waiters, waiters, readers);
        PyObject *coroutine = NULL;
        if (readers != NULL && PyList_GET_SIZE(readers) == 1 && PyDict_GET_SIZE(GET(waiters, waiters, others)) == 0) {
            PyObject *waiter = PyList_GET_ITEM(readers, 0);
            coroutine = PyTuple_GET_ITEM(waiter, 0);
            if (GET(coroutine, coroutine, parked) != one
                || PyObject_RichCompareBool(GET(coroutine, coroutine, serial), PyTuple_GET_ITEM(waiter, 1), Py_EQ) != 1) {
                coroutine = NULL;
            }
        }
        int failed;
        if (coroutine == NULL) {
            PyObject *event = Py_BuildValue("(iI)", events[each].data.fd, events[each].events);
            failed = event == NULL || PyList_Append(GET(self, scheduler, noticed), event) < 0;
            Py_XDECREF(event);
            PUT(self, scheduler, turn, Py_NewRef(long_ago)); /* or who never parks would keep the hub from them */
        } else {
            PyObject *time = PyFloat_FromDouble(at);
            PyObject *done = time == NULL ? NULL : deque_append(GET(self, scheduler, ready), coroutine);
            failed = done == NULL;
            if (!failed) {
                Py_DECREF(done);
                PUT(coroutine, coroutine, ready_at, Py_NewRef(time));
                PUT(coroutine, coroutine, parked, Py_NewRef(zero));
                failed = PyList_SetSlice(readers, 0, 1, NULL);
            }
            Py_XDECREF(time);
        }
        Py_XDECREF(waiters);
        if (failed) {
            return -1;
        }
    }
    return 0;
}

/* -- waiting to read ------------------------------------------------------------------------------------------------ */

long
patience(PyObject *waiters)
{
    return PyLong_AsLong(GET(waiters, waiters, patience));
}

void
set_patience(PyObject *waiters, long value)
{
    PyObject *number = PyLong_FromLong(value);
    if (number == NULL) {
        PyErr_Clear(); /* a guess about speed only */
    } else {
        PUT(waiters, waiters, patience, number);
    }
}

/* Ask to be told once when `fd` can be read. */
static int
arm(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 0};
    event.data.fd = fd;
    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0) {
        return 0;
    }
    return errno == ENOENT ? epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) : -1;
}

static void
remove_waiter(PyObject *readers, PyObject *waiter)
{
    for (Py_ssize_t at = 0; at < PyList_GET_SIZE(readers); at++) {
        if (PyList_GET_ITEM(readers, at) == waiter) {
            PyObject *kind, *value, *traceback;
            PyErr_Fetch(&kind, &value, &traceback);
            PyList_SetSlice(readers, at, at + 1, NULL);
            PyErr_Restore(kind, value, traceback);
            return;
        }
    }
}

/* `waiters_of` an fd that is new to us. Runs Python code. */
static PyObject *
make_waiters(PyObject *self, int fd)
{
    PyObject *number = PyLong_FromLong(fd);
    PyObject *waiters = number == NULL ? NULL : PyObject_CallMethodOneArg(self, name_waiters, number);
    Py_XDECREF(number);
    return waiters;
}

int
wait_readable(PyObject *tally, int fd, double deadline)
{
    PyObject *self = the_scheduler, *me = common_caller(self);
    if (me == NULL) {
        return PyErr_Occurred() ? -1 : ANYBODY_ELSE;
    }
    int epoll_fd = (int)PyLong_AsLong(GET(self, scheduler, epoll_fd));
    if (epoll_fd < 0 || fd < 0) {
        PyErr_Clear();
        return ANYBODY_ELSE;
    }
    int woken = -1;
    PyObject *waiter = NULL, *waiters = waiters_of(fd);
    PyObject *due = isinf(deadline) ? Py_NewRef(never) : PyFloat_FromDouble(deadline);
    if (waiters == NULL) {
        waiters = make_waiters(self, fd);
    }
    if (waiters == NULL || due == NULL) {
        goto done;
    }
    PyObject *readers = GET(waiters, waiters, readers);
    if (PyList_GET_SIZE(readers) || PyDict_GET_SIZE(GET(waiters, waiters, others))) {
        woken = ANYBODY_ELSE;
        goto done;
    }
    keep_garbage(self);
    waiter = PyTuple_Pack(2, me, GET(me, coroutine, serial));
    if (waiter == NULL || PyList_Append(readers, waiter) < 0) {
        collect(self);
        goto done;
    }
    if (arm(epoll_fd, fd) < 0) { /* a file, a closed fd, or our own fd is closed */
        remove_waiter(readers, waiter);
        collect(self);
        woken = ANYBODY_ELSE;
        goto done;
    }
    woken = suspend(self, me, tally, due, fd, 0);
    if (woken != 1) {
        remove_waiter(readers, waiter);
    }
    if (woken >= 0 && GET(waiters, waiters, closed) == Py_True) {
        errno = EBADF;
        PyErr_SetFromErrno(PyExc_OSError);
        woken = -1;
    }
done:
    Py_XDECREF(due);
    Py_XDECREF(waiter);
    Py_XDECREF(waiters);
    return woken;
}

static PyObject *
method_wait_readable(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    int woken = ANYBODY_ELSE;
    if (nargs == 4 && self == the_scheduler && PyFloat_CheckExact(args[3]) && PyLong_CheckExact(args[1])) {
        woken = wait_readable(args[0], (int)PyLong_AsLong(args[1]), PyFloat_AS_DOUBLE(args[3]));
    }
    if (woken == ANYBODY_ELSE) {
        return call_python(python_wait_readable, self, args, nargs, NULL);
    }
    return woken < 0 ? NULL : PyBool_FromLong(woken);
}

static PyMethodDef in_front = {"wait_readable", (PyCFunction)(void (*)(void))method_wait_readable, METH_FASTCALL, NULL};

int
serve_fds(PyObject *fd_waits, PyObject *waiters)
{
    name_waiters = PyUnicode_InternFromString("waiters");
    if (name_waiters == NULL || find_slots(waiters, waiters_at_names, (Py_ssize_t *)&waiters_at) < 0) {
        return -1;
    }
    return stand_in_front((PyTypeObject *)fd_waits, &in_front, &python_wait_readable);
}
