/* The common case of what a scheduler does most often, in C: a wait, a yield, a wake-up.

   Optional. `Switching.park`, `Switching.yield_now`, `Switching.unpark` and those that the other sources of this module
   name are Python code, and that is what defines what they do; where the module was built, `begin` puts functions of the
   same names in front of them. Each does the same for a coroutine of the common kind, and calls the Python code for
   everybody else: other schedulers (tests), threads of the system, greenlets of the program's own, the main coroutine
   when there are signals, and whenever there are listeners or priorities.

   Rules. What Python code may see is kept where it keeps it: in the slots of its objects, found by their names. No
   Python code runs between two lines here but where a comment says so, and so no signal handler and no other thread.
   Nothing that may be collected is made after a waker was told. No address of our C stack is given to anybody: greenlet
   moves that stack away while we are suspended. */

#include "fast_inside.h"
#include <greenlet/greenlet.h>
#include <unistd.h>

DEFINE_KIND(scheduler_at, SCHEDULER_SLOTS)
DEFINE_KIND(coroutine_at, COROUTINE_SLOTS)

PyObject *the_scheduler;
PyObject *zero, *one, *never, *long_ago;
static PyObject *python_park, *python_yield_now, *python_unpark, *python_checkpoint; /* the functions behind ours */
static PyObject *name_add, *name_nudge_main, *name_run_handlers_of;
static PyTypeObject *deque_type;
PyTypeObject *coroutine_type;
static PyObject *without_ours;
PyCFunction deque_append, deque_popleft;

#define POLITE 0.0001 /* as in `switching.py` */

int
find_slots(PyObject *type, const char **names, Py_ssize_t *offsets)
{
    for (; *names != NULL; names++, offsets++) {
        PyObject *descriptor = PyObject_GetAttrString(type, *names);
        if (descriptor == NULL) {
            return -1;
        }
        int is_slot = Py_IS_TYPE(descriptor, &PyMemberDescr_Type)
                      && ((PyMemberDescrObject *)descriptor)->d_member->type == T_OBJECT_EX;
        if (is_slot) {
            *offsets = ((PyMemberDescrObject *)descriptor)->d_member->offset;
        }
        Py_DECREF(descriptor);
        if (!is_slot) {
            PyErr_Format(PyExc_ImportError, "%R has no slot %s", type, *names);
            return -1;
        }
    }
    return 0;
}

/* -- who waits, and where --------------------------------------------------------------------------------------------- */

/* Whether `me` is the main coroutine and there are signals, whose handlers it has to run. */
static inline int
has_signals(PyObject *self, PyObject *me)
{
    return me == GET(self, scheduler, main) && Py_SIZE(GET(self, scheduler, signals)) > 0;
}

/* The coroutine that calls, borrowed, if it is of the common kind; else NULL, perhaps with an exception. */
PyObject *
common_caller(PyObject *self)
{
    if (self != the_scheduler || self == NULL) {
        return NULL;
    }
    PyObject *me = GET(self, scheduler, current);
    PyObject *greenlet = GET(me, coroutine, greenlet);
    if (greenlet == Py_None || greenlet == GET(GET(self, scheduler, hub), coroutine, greenlet) || has_signals(self, me)
        || !Py_IS_TYPE(GET(self, scheduler, ready), deque_type) || GET(the_recorder, recorder, listener) != Py_None) {
        return NULL;
    }
    PyObject *here = (PyObject *)PyGreenlet_GetCurrent();
    if (here == NULL) {
        return NULL;
    }
    Py_DECREF(here);
    if (here != greenlet) {
        return NULL;
    }
    return me;
}

void
keep_garbage(PyObject *self)
{
    if (PyGC_IsEnabled()) {
        PyGC_Disable();
        PUT(self, scheduler, keeps_garbage, Py_NewRef(Py_True));
    }
}

void
collect(PyObject *self)
{
    if (GET(self, scheduler, keeps_garbage) == Py_True) {
        PUT(self, scheduler, keeps_garbage, Py_NewRef(Py_False));
        PyGC_Enable();
    }
}

/* -- switching ---------------------------------------------------------------------------------------------------- */

/* Switch to the next coroutine, or to the hub; return when it is our turn again. */
static int
switch_away(PyObject *self, double at)
{
    PyObject *ready = GET(self, scheduler, ready);
    PyObject *successor;
    int is_hubs_turn = at >= PyFloat_AS_DOUBLE(GET(self, scheduler, turn));
    if (Py_SIZE(ready) == 0 && !is_hubs_turn && look_at_fds(self, at) < 0) {
        return -1;
    }
    collect(self);
    if (Py_SIZE(ready) > 0 && !is_hubs_turn && PyList_GET_SIZE(GET(self, scheduler, noticed)) == 0) {
        successor = deque_popleft(ready, NULL);
    } else {
        successor = Py_NewRef(GET(self, scheduler, hub));
    }
    PUT(self, scheduler, current, successor);
    return switch_to(GET(successor, coroutine, greenlet));
}

int
clear_dead(PyObject *self)
{
    PyObject *dead = GET(self, scheduler, dead);
    if (PyList_GET_SIZE(dead) == 0) {
        return 0;
    }
    return PyList_SetSlice(dead, 0, PyList_GET_SIZE(dead), NULL); /* runs destructors */
}

/* Run the handlers of signals that came while we were at work; they may wait in turn. */
static int
run_handlers(PyObject *self, PyObject *me)
{
    return has_signals(self, me) ? run(PyObject_CallNoArgs(GET(self, scheduler, run_handlers))) : 0;
}

static int
next_serial(PyObject *me)
{
    PyObject *serial = PyNumber_Add(GET(me, coroutine, serial), one);
    if (serial == NULL) {
        return -1;
    }
    PUT(me, coroutine, serial, serial);
    return 0;
}

/* The wait of `me` is over by the exception that is set: nobody who wakes it now means another wait. */
static void
leave_wait(PyObject *me)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    PUT(me, coroutine, parked, Py_NewRef(zero));
    PUT(me, coroutine, deadline, Py_NewRef(never));
    if (next_serial(me) < 0) {
        PyErr_Clear();
    }
    PyErr_Restore(kind, value, traceback);
}

/* Take our entries out of the traceback of the exception that is set. */
static void
leave_out_ours(void)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    if (traceback != NULL) { /* else it comes from C code */
        PyObject *theirs = PyObject_CallOneArg(without_ours, traceback);
        if (theirs != NULL) {
            PyErr_NormalizeException(&kind, &value, &traceback);
            PyException_SetTraceback(value, theirs);
            Py_SETREF(traceback, theirs == Py_None ? NULL : Py_NewRef(theirs));
            Py_DECREF(theirs);
        }
        PyErr_Clear();
    }
    PyErr_Restore(kind, value, traceback);
}

/* Suspend `me`, who has told its waker and keeps garbage: 1 when woken, 0 after `deadline`, -1 with an exception. */
int
suspend(PyObject *self, PyObject *me, PyObject *tally, PyObject *deadline, int fd, int keeps_dead)
{
    PyObject *site = find_site(tally);
    if (site == NULL) {
        leave_wait(me);
        leave_out_ours();
        return -1;
    }
    Py_INCREF(me);
    PUT(me, coroutine, site, Py_NewRef(site));
    PUT(me, coroutine, waker, Py_NewRef(zero));
    PUT(me, coroutine, expired, Py_NewRef(Py_False));
    PUT(me, coroutine, deadline, Py_NewRef(deadline));
    if (PyFloat_AS_DOUBLE(deadline) < PyFloat_AsDouble(GET(me, coroutine, alarm))) {
        if (run(PyObject_CallMethodObjArgs(GET(self, scheduler, timers), name_add, me, deadline, NULL)) < 0) {
            goto failed;
        }
    }
    double parked_at = now();
    PyObject *time = PyFloat_FromDouble(parked_at);
    if (time == NULL) {
        goto failed;
    }
    PUT(me, coroutine, parked, Py_NewRef(one));
    PUT(me, coroutine, parked_at, Py_NewRef(time));
    PUT(self, scheduler, switched_at, time);
    if (has_signals(self, me) && run(PyObject_CallMethodNoArgs(self, name_nudge_main)) < 0) { /* just come */
        goto failed;
    }
    if (switch_away(self, parked_at) < 0) {
        goto failed;
    }
    if (GET(me, coroutine, parked) != zero /* main was woken for its signals, and has to go on waiting then */
        && run(PyObject_CallMethodObjArgs(self, name_run_handlers_of, me, deadline, NULL)) < 0) {
        goto failed;
    }
    int woken = GET(me, coroutine, expired) != Py_True;
    PUT(me, coroutine, deadline, Py_NewRef(never));
    double ready_at = PyFloat_AsDouble(GET(me, coroutine, ready_at));
    double resumed_at = PyFloat_AsDouble(GET(self, scheduler, switched_at));
    add_switch(site, ready_at - parked_at, resumed_at - ready_at);
    if (next_serial(me) < 0 || note_wait(me, site, parked_at, ready_at, resumed_at, fd) < 0
        || (!keeps_dead && clear_dead(self) < 0) || run_handlers(self, me) < 0) {
        woken = -1;
    }
    Py_DECREF(site);
    Py_DECREF(me);
    if (woken < 0) {
        leave_out_ours();
    }
    return woken;
failed:
    leave_wait(me);
    Py_DECREF(site);
    Py_DECREF(me);
    leave_out_ours();
    return -1;
}

static int
sleep_until(PyObject *tally, double deadline)
{
    PyObject *self = the_scheduler, *me = common_caller(self);
    if (me == NULL) {
        return PyErr_Occurred() ? -1 : ANYBODY_ELSE;
    }
    PyObject *due = PyFloat_FromDouble(deadline);
    if (due == NULL) {
        return -1;
    }
    keep_garbage(self);
    int woken = suspend(self, me, tally, due, -1, 0);
    Py_DECREF(due);
    return woken < 0 ? -1 : 0;
}

/* Put `me` at the end of the ready queue, and switch; adds the seconds until it was resumed to the late ones of `site`,
   unless that is NULL. -1 with an exception. */
static int
let_run(PyObject *self, PyObject *me, PyObject *site)
{
    double left_at = now();
    PyObject *time = PyFloat_FromDouble(left_at), *done;
    if (time == NULL) {
        return -1;
    }
    PUT(self, scheduler, switched_at, time);
    done = deque_append(GET(self, scheduler, ready), me);
    if (done == NULL) {
        return -1;
    }
    Py_DECREF(done);
    Py_INCREF(me);
    PUT(me, coroutine, yields, Py_NewRef(Py_True));
    int failed = switch_away(self, left_at);
    PUT(me, coroutine, yields, Py_NewRef(Py_False));
    Py_DECREF(me); /* the scheduler has it */
    if (failed) {
        return -1;
    }
    double late = PyFloat_AsDouble(GET(self, scheduler, switched_at)) - left_at;
    if (site != NULL) {
        add_switch(site, 0.0, late); /* no wait: counted as one of zero length */
    }
    return note_late(me, late) < 0 || clear_dead(self) < 0 ? -1 : run_handlers(self, me);
}

static int
yield_now(PyObject *tally)
{
    PyObject *self = the_scheduler, *me = common_caller(self);
    if (me == NULL) {
        return PyErr_Occurred() ? -1 : ANYBODY_ELSE;
    }
    return let_run(self, me, GET(tally, tally, elsewhere));
}

static int
checkpoint_after(double least)
{
    PyObject *self = the_scheduler;
    if (self == NULL || PySet_GET_SIZE(GET(self, scheduler, coroutines)) == 1) {
        return 0;
    }
    double at = now(), since = PyFloat_AsDouble(GET(self, scheduler, switched_at));
    if (at < since + least
        || (at < PyFloat_AsDouble(GET(self, scheduler, turn))
            && (PyObject_Size(GET(self, scheduler, ready)) == 0 || at < since + POLITE))) {
        return 0;
    }
    PyObject *me = GET(the_recorder, recorder, opening) == Py_True ? NULL : common_caller(self);
    if (me != NULL) {
        return let_run(self, me, NULL);
    }
    return PyErr_Occurred() ? -1 : run(call_python(python_checkpoint, self, NULL, 0, NULL));
}

static int
checkpoint(void)
{
    return checkpoint_after(0);
}

int
is_home(void)
{
    return PyLong_AsUnsignedLong(GET(the_scheduler, scheduler, home)) == PyThread_get_thread_ident();
}

int
unpark(PyObject *self, PyObject *coroutine, PyObject *serial)
{
    PyObject *ready = GET(self, scheduler, ready);
    if (self != the_scheduler || !Py_IS_TYPE(ready, deque_type) || !is_home()) {
        PyObject *args[] = {coroutine, serial};
        return run(call_python(python_unpark, self, args, 2, NULL));
    }
    PyObject *parked = GET(coroutine, coroutine, parked);
    if (parked == zero || PyObject_RichCompareBool(GET(coroutine, coroutine, serial), serial, Py_EQ) != 1) {
        PyObject *interrupted = GET(coroutine, coroutine, interrupted);
        int stands = PyDict_Check(interrupted) ? PyDict_Contains(interrupted, serial) : 0;
        return stands == 1 ? PyDict_SetItem(interrupted, serial, Py_True) : stands;
    }
    PyObject *time = PyFloat_FromDouble(now());
    if (time == NULL) {
        return -1;
    }
    if (parked == one) { /* else it stands in the queue already */
        PyObject *done = deque_append(ready, coroutine);
        if (done == NULL) {
            Py_DECREF(time);
            return -1;
        }
        Py_DECREF(done);
    }
    PUT(coroutine, coroutine, ready_at, time);
    PUT(coroutine, coroutine, waker, Py_NewRef(GET(GET(self, scheduler, current), coroutine, number)));
    PUT(coroutine, coroutine, parked, Py_NewRef(zero));
    if (GET(self, scheduler, dozing) == Py_True) { /* by the system call, for which there is always room on the stack */
        ssize_t size = write((int)PyLong_AsLong(GET(self, scheduler, wake_fd)), "", 1);
        (void)size; /* full: a wake-up is pending */
    }
    return 0;
}

/* -- the methods that stand in front of the Python code ----------------------------------------------------------------- */

static PyObject *
method_park(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *me = nargs < 1 ? NULL : common_caller(self);
    if (me == NULL || (nargs > 1 && !PyFloat_CheckExact(args[1]))) {
        return PyErr_Occurred() ? NULL : call_python(python_park, self, args, nargs, NULL);
    }
    int fd = nargs > 2 ? (int)PyLong_AsLong(args[2]) : -1;
    keep_garbage(self);
    int woken = suspend(self, me, args[0], nargs > 1 ? args[1] : never, fd, nargs > 3 && args[3] == Py_True);
    return woken < 0 ? NULL : PyBool_FromLong(woken);
}

static PyObject *
method_yield_now(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    int done = nargs == 1 && self == the_scheduler ? yield_now(args[0]) : ANYBODY_ELSE;
    if (done == ANYBODY_ELSE) {
        return call_python(python_yield_now, self, args, nargs, NULL);
    }
    return done < 0 ? NULL : Py_NewRef(Py_True);
}

static PyObject *
method_checkpoint(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs > 1 || (nargs == 1 && !PyFloat_CheckExact(args[0])) || self != the_scheduler) {
        return call_python(python_checkpoint, self, args, nargs, NULL);
    }
    return checkpoint_after(nargs ? PyFloat_AS_DOUBLE(args[0]) : 0) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
method_unpark(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs == 2 && Py_IS_TYPE(args[0], coroutine_type)) {
        return unpark(self, args[0], args[1]) < 0 ? NULL : Py_NewRef(Py_None);
    }
    return call_python(python_unpark, self, args, nargs, NULL);
}

static PyMethodDef in_front[] = {
    {"park", (PyCFunction)(void (*)(void))method_park, METH_FASTCALL, NULL},
    {"yield_now", (PyCFunction)(void (*)(void))method_yield_now, METH_FASTCALL, NULL},
    {"unpark", (PyCFunction)(void (*)(void))method_unpark, METH_FASTCALL, NULL},
    {"checkpoint", (PyCFunction)(void (*)(void))method_checkpoint, METH_FASTCALL, NULL},
};

/* -- the module ----------------------------------------------------------------------------------------------------- */

int
stand_in_front(PyTypeObject *type, PyMethodDef *method, PyObject **behind)
{
    *behind = PyObject_GetAttrString((PyObject *)type, method->ml_name);
    if (*behind == NULL) {
        return -1;
    }
    PyObject *descriptor = PyDescr_NewMethod(type, method);
    int failed = descriptor == NULL || PyObject_SetAttrString((PyObject *)type, method->ml_name, descriptor) < 0;
    Py_XDECREF(descriptor);
    return failed ? -1 : 0;
}

static PyCFunction
method_of_deque(const char *name, int flags)
{
    PyObject *method = PyObject_GetAttrString((PyObject *)deque_type, name);
    PyCFunction function = NULL;
    if (method != NULL && Py_IS_TYPE(method, &PyMethodDescr_Type)
        && ((PyMethodDescrObject *)method)->d_method->ml_flags == flags) {
        function = ((PyMethodDescrObject *)method)->d_method->ml_meth;
    }
    Py_XDECREF(method);
    return function;
}

static Waits waits = {
    wait_readable, sleep_until, yield_now, checkpoint, waiters_of, patience, set_patience, count, now, NULL, NULL, NULL,
};

static PyObject *
begin(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *self, *records, *tally, *site, *waiters, *switching, *fd_waits;
    if (!PyArg_ParseTuple(args, "OOOOOOO:begin", &self, &switching, &fd_waits, &records, &tally, &site, &waiters)) {
        return NULL;
    }
    PyTypeObject *kind = Py_TYPE(self);
    if (find_slots((PyObject *)kind, scheduler_at_names, (Py_ssize_t *)&scheduler_at) < 0) {
        return NULL;
    }
    coroutine_type = Py_TYPE(GET(self, scheduler, current));
    if (find_slots((PyObject *)coroutine_type, coroutine_at_names, (Py_ssize_t *)&coroutine_at) < 0) {
        return NULL;
    }
    deque_type = Py_TYPE(GET(self, scheduler, ready));
    deque_append = method_of_deque("append", METH_O);
    deque_popleft = method_of_deque("popleft", METH_NOARGS);
    if (deque_append == NULL || deque_popleft == NULL) {
        PyErr_SetString(PyExc_ImportError, "an unknown kind of deque");
        return NULL;
    }
    if (serve_recorder(GET(self, scheduler, recorder), records, site) < 0 || serve_tallies(tally) < 0
        || serve_fds(fd_waits, waiters) < 0
        || stand_in_front((PyTypeObject *)switching, &in_front[0], &python_park) < 0
        || stand_in_front((PyTypeObject *)switching, &in_front[1], &python_yield_now) < 0
        || stand_in_front((PyTypeObject *)switching, &in_front[2], &python_unpark) < 0
        || stand_in_front((PyTypeObject *)switching, &in_front[3], &python_checkpoint) < 0) {
        return NULL;
    }
    the_scheduler = Py_NewRef(self);
    waits.home = &SLOT(self, scheduler, home);
    waits.current = &SLOT(self, scheduler, current);
    waits.interpreter = PyThreadState_Get()->interp;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"begin", begin, METH_VARARGS, "Serve this scheduler."},
    {"guard", guard, METH_O, "Let writes to this mapping of a file succeed where somebody has cut the file short."},
    {"unguard", unguard, METH_O, "The mapping is about to end."},
    {"was_cut", was_cut, METH_NOARGS, "Whether a file was found cut short since the last time."},
    {"on_top", on_top, METH_O, "The handler of SIGBUS has changed; whether no other is beneath the new one."},
    {"frame_of", frame_of, METH_O, "The innermost frame that a thread of the system has in the main interpreter, or None."},
    {"switch", function_switch, METH_O, "Switch to a greenlet, with all that belongs to a thread put aside."},
    {"mute_hidden", mute_hidden, METH_NOARGS, "Have tracers told of nothing that happens in hidden frames."},
    {"watch_switches", watch_switches, METH_VARARGS, "Call one function before each switch, and another after it."},
    {"begin_thread", begin_thread, METH_NOARGS, "A coroutine begins, and is a thread to the interpreter."},
    {"end_thread", end_thread, METH_NOARGS, "A coroutine ends: let go of what the interpreter keeps for a thread."},
    {"serve_locks", serve_locks, METH_VARARGS, "Stand in front of the methods of these locks."},
    {"thread_functions", thread_functions, METH_VARARGS, "What stands in for functions of `_thread`."},
    {NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "ocoro.runtime.fast",
    .m_doc = "The common case of waiting, in C.",
    .m_size = -1,
    .m_methods = functions,
};

static int
add_names(void)
{
    zero = PyLong_FromLong(0);
    one = PyLong_FromLong(1);
    long_ago = PyFloat_FromDouble(0.0);
    name_add = PyUnicode_InternFromString("add");
    name_nudge_main = PyUnicode_InternFromString("nudge_main");
    name_run_handlers_of = PyUnicode_InternFromString("_run_handlers_of");
    return PyErr_Occurred() ? -1 : 0;
}

PyMODINIT_FUNC
PyInit_fast(void)
{
    PyGreenlet_Import();
    if (_PyGreenlet_API == NULL || serve_states() < 0) {
        return NULL;
    }
    PyObject *coroutine = PyImport_ImportModule("ocoro.runtime.coroutine");
    never = coroutine == NULL ? NULL : PyObject_GetAttrString(coroutine, "NEVER");
    Py_XDECREF(coroutine);
    PyObject *frames = PyImport_ImportModule("ocoro.runtime.frames");
    without_ours = frames == NULL ? NULL : PyObject_GetAttrString(frames, "without_ours");
    Py_XDECREF(frames);
    if (never == NULL || without_ours == NULL || add_names() < 0 || PyType_Ready(&SumsType) < 0) {
        return NULL;
    }
    PyObject *module = PyModule_Create(&definition);
    PyObject *capsule = PyCapsule_New(&waits, OCORO_FAST_CAPSULE, NULL);
    if (module == NULL || capsule == NULL || PyModule_AddObjectRef(module, "Sums", (PyObject *)&SumsType) < 0
        || PyModule_AddObjectRef(module, "waits", capsule) < 0) {
        Py_XDECREF(module);
        Py_XDECREF(capsule);
        return NULL;
    }
    Py_DECREF(capsule);
    return module;
}
