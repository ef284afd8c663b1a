/* What trace and profile functions are told of: from CPython 3.12 on by `sys.monitoring`, also of hidden frames.

   An exception that is raised in a hidden frame, or leaves it, is told to tracers for the caller's frame, as that is the
   innermost that shows: an `exception` and a `return` of a frame that has not been left. A tracer that counts calls and
   returns against each other (coverage) goes wrong by it. Events of exceptions are not of the code but of the
   interpreter as a whole, so no code can be exempt. Hence a function of ours in front of each of the interpreter's
   handlers for tracers, which passes on what happens in frames that show. */

#define Py_BUILD_CORE
#include "fast_inside.h"

#if PY_VERSION_HEX >= 0x030C0000
#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>

#if PY_VERSION_HEX >= 0x030D0000
#define INNERMOST(state) ((state)->current_frame)
#else
#define INNERMOST(state) ((state)->cframe->current_frame)
#endif

static PyObject *
tell_if_shown(PyObject *handler, PyObject *const *args, Py_ssize_t nargs)
{
    struct _PyInterpreterFrame *frame = INNERMOST(PyThreadState_Get());
    if (frame != NULL && _PyFrame_IsIncomplete(frame)) {
        Py_RETURN_NONE;
    }
    return PyObject_Vectorcall(handler, args, (size_t)nargs, NULL);
}

static PyMethodDef in_front = {"tell_if_shown", (PyCFunction)(void (*)(void))tell_if_shown, METH_FASTCALL, NULL};

static int
tell_nothing(PyObject *Py_UNUSED(tracer), PyFrameObject *Py_UNUSED(frame), int Py_UNUSED(event), PyObject *Py_UNUSED(arg))
{
    return 0;
}

/* Put a function of ours in front of the handlers of one of the two tools that stand for tracers and profilers. */
static int
stand_before(PyObject *callables[_PY_MONITORING_EVENTS])
{
    for (int event = 0; event < _PY_MONITORING_EVENTS; event++) {
        PyObject *handler = callables[event];
        if (handler != NULL && !(PyCFunction_Check(handler) && PyCFunction_GET_FUNCTION(handler) == in_front.ml_meth)) {
            PyObject *ours = PyCFunction_New(&in_front, handler);
            if (ours == NULL) {
                return -1;
            }
            callables[event] = ours; /* which has the reference that was there */
            Py_DECREF(handler);
        }
    }
    return 0;
}

PyObject *
mute_hidden(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    static int done;
    PyThreadState *state = PyThreadState_Get();
    if (done || state->interp != PyInterpreterState_Main()) {
        Py_RETURN_NONE;
    }
    done = 1;

    /* The interpreter makes the handlers when the first tracer is set. */
    if (state->c_tracefunc == NULL) {
        PyEval_SetTrace(tell_nothing, NULL);
        PyEval_SetTrace(NULL, NULL);
    }
    if (state->c_profilefunc == NULL) {
        PyEval_SetProfile(tell_nothing, NULL);
        PyEval_SetProfile(NULL, NULL);
    }
    if (PyErr_Occurred() || stand_before(state->interp->monitoring_callables[PY_MONITORING_SYS_TRACE_ID]) < 0
        || stand_before(state->interp->monitoring_callables[PY_MONITORING_SYS_PROFILE_ID]) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

#else

PyObject *
mute_hidden(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    Py_RETURN_NONE; /* a hidden frame is no cause for tracers to be called */
}

#endif
