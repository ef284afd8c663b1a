/* What `ocoro.runtime.fast` gives to `ocoro.hooks.fast`, by a capsule of the name below. */
#ifndef OCORO_FAST_H
#define OCORO_FAST_H

#include <Python.h>

#define OCORO_FAST_CAPSULE "ocoro.runtime.fast.waits"
#define ANYBODY_ELSE 2 /* the caller is no coroutine of the common kind: the Python code has to see to it */

typedef struct {
    /* Suspend until `fd` may be read (1) or `deadline` has passed (0); -1 with an exception, ANYBODY_ELSE. */
    int (*wait_readable)(PyObject *tally, int fd, double deadline);
    /* Suspend until `deadline` (0); -1 with an exception, ANYBODY_ELSE. */
    int (*sleep_until)(PyObject *tally, double deadline);
    /* Let all others run who are ready (0); -1 with an exception, ANYBODY_ELSE. */
    int (*yield_now)(PyObject *tally);
    /* `Switching.checkpoint`: let others run if it is time, before a call that may turn out not to wait. 0; -1 with an
       exception. */
    int (*checkpoint)(void);
    /* The `Waiters` of `fd`, a new reference; NULL, without an exception, where there are none. Their patience. */
    PyObject *(*waiters)(int fd);
    long (*patience)(PyObject *waiters);
    void (*set_patience)(PyObject *waiters, long patience);
    /* Count a call of `size` bytes. */
    void (*count)(PyObject *tally, Py_ssize_t size);
    /* The scheduler's clock, in seconds. */
    double (*now)(void);
    /* The scheduler's `home` and `current`, and the interpreter that it serves. */
    PyObject **home, **current;
    PyInterpreterState *interpreter;
} Waits;

/* Call the Python function that stands behind a method; `args` has the keywords' values, too, whose `names` may be NULL. */
static inline PyObject *
call_python(PyObject *function, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    PyObject *all[8] = {NULL, self};
    Py_ssize_t count = nargs + (names == NULL ? 0 : PyTuple_GET_SIZE(names));
    if (count > 6) {
        PyErr_SetString(PyExc_TypeError, "too many arguments");
        return NULL;
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        all[2 + at] = args[at];
    }
    return PyObject_Vectorcall(function, all + 1, (size_t)(nargs + 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
}

#endif
