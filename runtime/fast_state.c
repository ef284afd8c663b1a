/* What the interpreter keeps for each thread of the system, given to each coroutine: a switch carries it. See `fast.c`.

   The table goes through `PyThreadState` (3.11 to 3.13), by its fields. What greenlet switches is switched by greenlet
   for as long as there is greenlet; what `switch_to` carries is carried for coroutines, and the greenlets that a program
   runs inside one coroutine share it, as they share a thread.

   carried by `switch_to`; empty for a new coroutine, and emptied when one ends
     dict                              of `PyThreadState_GetDict`: ctypes' errno, the guard of `repr` against recursion,
                                       asyncio's running loop, NumPy's error state, lxml's parsers, native locals
     id                                of `PyThreadState_GetID`: caches go by it (asyncio's loop, before 3.13)
     asyncio_running_loop (3.13)       of `_PyThreadStateImpl`; the rest of that belongs to builds without the GIL
     async_gen_firstiter, _finalizer   hooks for asynchronous generators, which each running loop sets
     coroutine_origin_tracking_depth   asyncio's debug mode
     tracing, tracing_what/what_event  raised while a trace, profile or monitoring call-back runs, which may wait
     c_tracefunc, c_traceobj,          of `sys.settrace` and `sys.setprofile`, and of tracers in C. Exchanged without
     c_profilefunc, c_profileobj         `PyEval_SetTrace`: how many threads are traced does not change by a switch
     cframe->use_tracing (3.11)        follows from these
   switched by greenlet
     context, context_ver              context variables
     cframe or current_frame, datastack_*, *recursion_remaining, exc_info, exc_state, trash* or delete_later
   shared, as it is the thread's or the same for all
     prev, next, interp, _status, _initialized, _static, _whence, state, eval_breaker, gilstate_counter, thread_id,
     native_thread_id, recursion_limit, recursion_headroom, root_cframe, critical_section (always 0 with the GIL)
     on_delete                         the end of a thread: `hooks.thread` tells of a coroutine's
     curexc_* or current_exception     none is set where Python code may run, and so at a switch
     async_exc                         raised at once or kept with a coroutine, see `hooks`
     trace_info (3.11), previous_executor, dict_global_version (3.13)   caches, which are right for anybody
     threading_local_* (3.13)          of native `threading.local` objects, which coroutines have none of
   kept by the C library or the kernel, and shared: errno, the locale of `uselocale`, `thread_local` and pthread keys, the
     rounding mode; processor time, affinity, priority, namespaces. The signal mask is `masks`'.

   Without this module the Python code in `switching.py` carries what it can reach. */

#include "fast_inside.h"
#include <greenlet/greenlet.h>
#if PY_VERSION_HEX >= 0x030D0000
#define Py_BUILD_CORE 1 /* for the part of a thread's state that only the interpreter's own modules know */
#include <internal/pycore_tstate.h>
#undef Py_BUILD_CORE
#define RUNNING_LOOP(state) (((_PyThreadStateImpl *)(state))->asyncio_running_loop)
#endif

#if PY_VERSION_HEX >= 0x030C0000
#define EVENT what_event
#else
#define EVENT tracing_what
#endif

/* The fields that are exchanged as they are: nothing, or 0, is what a new thread has in them. */
#define CARRIED(X) \
    X(PyObject *, dict) X(PyObject *, async_gen_firstiter) X(PyObject *, async_gen_finalizer) X(PyObject *, c_traceobj) \
    X(PyObject *, c_profileobj) X(Py_tracefunc, c_tracefunc) X(Py_tracefunc, c_profilefunc) \
    X(int, coroutine_origin_tracking_depth) X(int, tracing)

#define DECLARE(type, name) type name;
#define PUT_ASIDE(type, name)  \
    kept->name = state->name; \
    state->name = 0;
#define TAKE_BACK(type, name) state->name = kept->name;

typedef struct {
    CARRIED(DECLARE)
    uint64_t id;
    int event;
    PyObject *loop;
} Kept;

static uint64_t home_id;                     /* of the hub, and of whoever is not a coroutine on our thread */
static uint64_t last_id = UINT64_C(1) << 63; /* far from those that the interpreter gives */
static PyObject *name_switch;
static PyObject *told_of_leaving, *told_of_return; /* see `watch_switches` */
static PyObject *running;                          /* who is to leave next, while those are told */

/* Call what watches the switches; the error that is set stays as it is. */
static void
tell(PyObject *watcher, PyObject *argument)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    int collects = PyGC_Disable(); /* a destructor would run in one coroutine under the name of another */
    PyObject *result = argument == NULL ? PyObject_CallNoArgs(watcher) : PyObject_CallOneArg(watcher, argument);
    Py_XDECREF(result);
    PyErr_Clear(); /* there may be no room on the stack */
    if (collects) {
        PyGC_Enable();
    }
    PyErr_Restore(kind, value, traceback);
}

static void
tell_of_return(void)
{
    if (told_of_return != NULL) {
        running = GET(the_scheduler, scheduler, current); /* which the scheduler keeps */
        tell(told_of_return, NULL);
    }
}

static void
tell_of_leaving(void)
{
    if (told_of_leaving != NULL) {
        tell(told_of_leaving, running);
    }
}

/* Have the interpreter look for trace functions where there are any, which 3.12 and later do by other means. */
static inline void
follow_tracing(PyThreadState *state)
{
#if PY_VERSION_HEX < 0x030C0000
    int traced = !state->tracing && (state->c_tracefunc != NULL || state->c_profilefunc != NULL);
    state->cframe->use_tracing = traced ? 255 : 0;
#else
    (void)state;
#endif
}

static inline void
put_aside(PyThreadState *state, Kept *kept)
{
    CARRIED(PUT_ASIDE)
    kept->id = state->id;
    kept->event = state->EVENT;
    state->id = home_id;
#ifdef RUNNING_LOOP
    kept->loop = RUNNING_LOOP(state);
    RUNNING_LOOP(state) = NULL;
#endif
    follow_tracing(state);
}

static inline void
take_back(PyThreadState *state, const Kept *kept)
{
    PyObject *left = state->dict; /* by the hub, if it is anything */
    CARRIED(TAKE_BACK)
    state->id = kept->id;
    state->EVENT = kept->event;
#ifdef RUNNING_LOOP
    RUNNING_LOOP(state) = kept->loop;
#endif
    follow_tracing(state);
    Py_XDECREF(left);
}

int
switch_to(PyObject *greenlet)
{
    PyThreadState *state = PyThreadState_Get();
    Kept kept;
    tell_of_leaving();
    put_aside(state, &kept);
    PyObject *result;
    Py_INCREF(greenlet);
    if (Py_IS_TYPE(greenlet, &PyGreenlet_Type)) {
        result = PyGreenlet_Switch((PyGreenlet *)greenlet, NULL, NULL);
    } else {
        result = PyObject_CallMethodNoArgs(greenlet, name_switch); /* a `Detour`, or the program's own kind */
    }
    Py_DECREF(greenlet);
    take_back(state, &kept);
    tell_of_return();
    return run(result);
}

PyObject *
function_switch(PyObject *Py_UNUSED(module), PyObject *greenlet)
{
    return switch_to(greenlet) < 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *
begin_thread(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyThreadState_Get()->id = ++last_id;
    tell_of_return();
    Py_RETURN_NONE;
}

PyObject *
end_thread(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyThreadState *state = PyThreadState_Get();
    if (state->c_tracefunc != NULL) {
        PyEval_SetTrace(NULL, NULL);
    }
    if (state->c_profilefunc != NULL) {
        PyEval_SetProfile(NULL, NULL);
    }
    state->coroutine_origin_tracking_depth = state->tracing = 0;
#ifdef RUNNING_LOOP
    Py_CLEAR(RUNNING_LOOP(state));
#endif
    Py_CLEAR(state->dict); /* from here on destructors may run, and wait */
    Py_CLEAR(state->async_gen_firstiter);
    Py_CLEAR(state->async_gen_finalizer);
    tell_of_leaving();
    Py_RETURN_NONE;
}

PyObject *
watch_switches(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *leaves, *is_back;
    if (!PyArg_ParseTuple(args, "OO:watch_switches", &leaves, &is_back)) {
        return NULL;
    }
    running = GET(the_scheduler, scheduler, current);
    Py_XSETREF(told_of_leaving, Py_NewRef(leaves));
    Py_XSETREF(told_of_return, Py_NewRef(is_back));
    Py_RETURN_NONE;
}

int
serve_states(void)
{
    PyGreenlet_Import();
    home_id = PyThreadState_Get()->id;
    name_switch = PyUnicode_InternFromString("switch");
    return name_switch == NULL ? -1 : 0;
}
