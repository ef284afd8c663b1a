/* Locks that are free, and the common ways to wait for one and to hand it on. See lock.py, which says what is done.

   The locks are objects of the Python classes there, with the same slots; `serve_locks` puts these functions in front of
   the methods. Left to the Python code are time-outs, threads of the system, and wrong arguments. */

#include "fast_inside.h"

#define LOCK_SLOTS(X) X(_held) X(_waiters)
#define RLOCK_SLOTS(X) X(_count) X(_owner)
#define WAITER_SLOTS(X) X(coroutine) X(granted) X(overtaken) X(serial)

KIND(lock_at, LOCK_SLOTS)
KIND(rlock_at, RLOCK_SLOTS)
KIND(waiter_at, WAITER_SLOTS)
DEFINE_KIND(lock_at, LOCK_SLOTS)
DEFINE_KIND(rlock_at, RLOCK_SLOTS)
DEFINE_KIND(waiter_at, WAITER_SLOTS)

static PyObject *lock_tally;
static PyTypeObject *lock_type, *waiter_type;
static PyObject *nobody; /* the queue of a lock that nobody ever waited for */
static PyObject *name_free, *name_wake, *unlocked_text, *not_owned_text;

enum { ACQUIRE, ENTER, RELEASE, EXIT, SAVE, RESTORE, METHODS };
static PyObject *python_lock[METHODS], *python_rlock[METHODS];

static inline int
is_held(PyObject *lock)
{
    return GET(lock, lock, _held) == Py_True;
}

static inline void
set_held(PyObject *lock, int held)
{
    PUT(lock, lock, _held, Py_NewRef(held ? Py_True : Py_False));
}

/* How many wait for the lock. */
static inline Py_ssize_t
waiting(PyObject *lock)
{
    PyObject *waiters = GET(lock, lock, _waiters);
    return PyList_CheckExact(waiters) ? PyList_GET_SIZE(waiters) : 0;
}

/* A flag of who waits: a coroutine, or a `Waiter`. */
static PyObject **
flag(PyObject *waiter, int is_overtaken)
{
    if (Py_IS_TYPE(waiter, coroutine_type)) {
        return is_overtaken ? &SLOT(waiter, coroutine, overtaken) : &SLOT(waiter, coroutine, granted);
    }
    return is_overtaken ? &SLOT(waiter, waiter, overtaken) : &SLOT(waiter, waiter, granted);
}

/* Whether a fork left `waiter` behind in the parent of this process. */
static int
is_buried(PyObject *waiter)
{
    PyObject *coroutine = Py_IS_TYPE(waiter, coroutine_type) ? waiter : GET(waiter, waiter, coroutine);
    if (coroutine != Py_None) {
        return as_int(GET(coroutine, coroutine, serial)) == BURIED;
    }
    return as_int(GET(waiter, waiter, serial)) != as_int(GET(the_scheduler, scheduler, forks));
}

/* Take the first who waits out of the queue, and leave out those who are not in this process; NULL if there is nobody,
   perhaps with an exception. */
static PyObject *
take_first(PyObject *lock)
{
    PyObject *waiters = GET(lock, lock, _waiters);
    while (waiting(lock)) {
        PyObject *waiter = Py_NewRef(PyList_GET_ITEM(waiters, 0));
        if (PyList_SetSlice(waiters, 0, 1, NULL) < 0) {
            Py_DECREF(waiter);
            return NULL;
        }
        if (GET(the_scheduler, scheduler, forks) == zero || !is_buried(waiter)) {
            return waiter;
        }
        Py_DECREF(waiter); /* nothing ends by that: the scheduler keeps those who are buried */
    }
    return NULL;
}

/* Give the lock up and wake the first who waits; one that was overtaken before gets it handed over. */
static int
free_lock(PyObject *lock)
{
    if (waiting(lock) && !is_home()) {
        return run(PyObject_CallMethodNoArgs(lock, name_free));
    }
    PyObject *waiter = take_first(lock);
    if (waiter == NULL) {
        if (PyErr_Occurred()) {
            return -1;
        }
        set_held(lock, 0);
        return 0;
    }
    if (*flag(waiter, 1) == Py_True) {
        put(flag(waiter, 0), Py_NewRef(Py_True));
    } else {
        set_held(lock, 0);
    }
    int failed;
    if (Py_IS_TYPE(waiter, coroutine_type)) {
        failed = unpark(the_scheduler, waiter, GET(waiter, coroutine, serial));
    } else if (GET(waiter, waiter, coroutine) != Py_None) {
        failed = unpark(the_scheduler, GET(waiter, waiter, coroutine), GET(waiter, waiter, serial));
    } else {
        failed = run(PyObject_CallMethodNoArgs(waiter, name_wake));
    }
    Py_DECREF(waiter);
    return failed;
}

/* Take `waiter` out of the queue: whether it was there. */
static int
leave(PyObject *lock, PyObject *waiter)
{
    PyObject *waiters = GET(lock, lock, _waiters);
    for (Py_ssize_t at = 0; at < PyList_GET_SIZE(waiters); at++) {
        if (PyList_GET_ITEM(waiters, at) == waiter) {
            return PyList_SetSlice(waiters, at, at + 1, NULL) == 0;
        }
    }
    return 0;
}

/* Leave for good, with an exception; if the lock was meant for us, the next one gets it. */
static void
give_up(PyObject *lock, PyObject *me)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    if (*flag(me, 0) == Py_True) {
        free_lock(lock);
    } else if (!leave(lock, me) && waiting(lock) && !is_held(lock)) {
        set_held(lock, 1);
        free_lock(lock);
    }
    PyErr_Restore(kind, value, traceback);
}

/* Stand in the queue as `waiter` until the lock is ours; 1, or -1 with an exception. */
static int
stand_in_queue(PyObject *self, PyObject *me, PyObject *lock, PyObject *waiter)
{
    if (!PyList_CheckExact(GET(lock, lock, _waiters))) {
        PyObject *queue = PyList_New(0);
        if (queue == NULL) {
            return -1;
        }
        PUT(lock, lock, _waiters, queue);
    }
    keep_garbage(self);
    put(flag(waiter, 0), Py_NewRef(Py_False));
    put(flag(waiter, 1), Py_NewRef(Py_False));
    if (PyList_Append(GET(lock, lock, _waiters), waiter) < 0) {
        collect(self);
        return -1;
    }
    for (;;) {
        if (!is_held(lock)) { /* a thread of the system has freed it just now */
            set_held(lock, 1);
            leave(lock, waiter);
            collect(self);
            break;
        }
        if (waiter != me) {
            PUT(waiter, waiter, serial, Py_NewRef(GET(me, coroutine, serial)));
        }
        if (suspend(self, me, lock_tally, never, -1, 1) < 0) {
            give_up(lock, waiter);
            return -1;
        }
        if (*flag(waiter, 0) == Py_True) {
            break;
        }
        if (!is_held(lock)) {
            set_held(lock, 1);
            break;
        }
        keep_garbage(self); /* somebody was quicker */
        put(flag(waiter, 1), Py_NewRef(Py_True));
        if (PyList_Insert(GET(lock, lock, _waiters), 0, waiter) < 0) {
            collect(self);
            return -1;
        }
    }
    return 1;
}

/* Wait until the lock is ours (1); -1 with an exception, ANYBODY_ELSE. */
static int
queue_up(PyObject *lock)
{
    PyObject *self = the_scheduler, *me = common_caller(self);
    if (me == NULL) {
        return PyErr_Occurred() ? -1 : ANYBODY_ELSE;
    }
    PyObject *waiter = me;
    if (me == GET(self, scheduler, main)) { /* a signal handler may wait in the middle of its wait */
        waiter = PyObject_CallOneArg((PyObject *)waiter_type, me);
        if (waiter == NULL) {
            return -1;
        }
    } else {
        Py_INCREF(waiter);
    }
    PyObject *before = Py_NewRef(GET(me, coroutine, awaited));
    PUT(me, coroutine, awaited, Py_NewRef(lock));
    int taken = stand_in_queue(self, me, lock, waiter);
    PUT(me, coroutine, awaited, before);
    Py_DECREF(waiter);
    if (taken < 0 || clear_dead(self) < 0) { /* not before: a destructor may stand in a queue in turn */
        return -1;
    }
    return 1;
}

/* -- lock ------------------------------------------------------------------------------------------------------------- */

static PyObject *
acquire_lock(int which, PyObject *lock, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    int blocks = nargs == 0 || args[0] == Py_True;
    if (names == NULL && (nargs == 0 || (nargs == 1 && PyBool_Check(args[0])))) {
        if (!is_held(lock)) {
            set_held(lock, 1);
            Py_RETURN_TRUE;
        }
        if (!blocks) {
            Py_RETURN_FALSE;
        }
        int taken = queue_up(lock);
        if (taken != ANYBODY_ELSE) {
            return taken < 0 ? NULL : Py_NewRef(Py_True);
        }
    }
    return call_python(python_lock[which], lock, args, nargs, names);
}

/* Whether there is room on the stack for one more call; else RecursionError. CPython 3.11 does not ask before a call of
   this kind, but does before `release`: who gets a lock must be able to give it up at the same depth. */
static int
is_there_room(void)
{
    if (Py_EnterRecursiveCall(" while calling a Python object")) {
        return 0;
    }
    Py_LeaveRecursiveCall();
    return 1;
}

static PyObject *
lock_acquire(PyObject *lock, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    return !is_there_room() ? NULL : acquire_lock(ACQUIRE, lock, args, nargs, names);
}

static PyObject *
lock_enter(PyObject *lock, PyObject *const *args, Py_ssize_t nargs)
{
    return acquire_lock(ENTER, lock, args, nargs, NULL);
}

static PyObject *
release_lock(PyObject *lock)
{
    if (!is_held(lock)) {
        PyErr_SetObject(PyExc_RuntimeError, unlocked_text);
        return NULL;
    }
    return free_lock(lock) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
lock_release(PyObject *lock, PyObject *Py_UNUSED(ignored))
{
    return release_lock(lock);
}

static PyObject *
lock_exit(PyObject *lock, PyObject *const *Py_UNUSED(args), Py_ssize_t Py_UNUSED(nargs))
{
    return release_lock(lock);
}

static PyObject *
lock_restore(PyObject *lock, PyObject *state)
{
    if (!is_held(lock)) {
        set_held(lock, 1);
        Py_RETURN_NONE;
    }
    return call_python(python_lock[RESTORE], lock, &state, 1, NULL);
}

static PyObject *
lock_locked(PyObject *lock, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(is_held(lock));
}

/* -- RLock ------------------------------------------------------------------------------------------------------------ */

/* The identity of the caller, borrowed; NULL on a thread of the system. */
static PyObject *
own_identity(void)
{
    return is_home() ? GET(GET(the_scheduler, scheduler, current), coroutine, ident) : NULL;
}

static inline int
is_same(PyObject *identity, PyObject *other)
{
    return identity == other || PyObject_RichCompareBool(identity, other, Py_EQ) == 1;
}

/* Add `more` to how often it was taken. */
static int
add_count(PyObject *lock, long more)
{
    PyObject *count = PyLong_FromLong(PyLong_AsLong(GET(lock, rlock, _count)) + more);
    if (count == NULL) {
        return -1;
    }
    PUT(lock, rlock, _count, count);
    return 0;
}

static PyObject *
acquire_rlock(int which, PyObject *lock, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    PyObject *me = nargs || names != NULL ? NULL : own_identity();
    if (me != NULL) {
        int taken = 1;
        if (is_same(GET(lock, rlock, _owner), me)) {
            return add_count(lock, 1) < 0 ? NULL : Py_NewRef(Py_True);
        }
        if (!is_held(lock)) {
            set_held(lock, 1);
        } else {
            taken = queue_up(lock);
        }
        if (taken != ANYBODY_ELSE) {
            if (taken < 0) {
                return NULL;
            }
            PUT(lock, rlock, _owner, Py_NewRef(me));
            PUT(lock, rlock, _count, Py_NewRef(one));
            Py_RETURN_TRUE;
        }
    }
    return call_python(python_rlock[which], lock, args, nargs, names);
}

static PyObject *
rlock_acquire(PyObject *lock, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    return !is_there_room() ? NULL : acquire_rlock(ACQUIRE, lock, args, nargs, names);
}

static PyObject *
rlock_enter(PyObject *lock, PyObject *const *args, Py_ssize_t nargs)
{
    return acquire_rlock(ENTER, lock, args, nargs, NULL);
}

static PyObject *
release_rlock(int which, PyObject *lock, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *me = own_identity();
    if (me == NULL) {
        return call_python(python_rlock[which], lock, args, nargs, NULL);
    }
    if (!is_same(GET(lock, rlock, _owner), me)) {
        PyErr_SetObject(PyExc_RuntimeError, not_owned_text);
        return NULL;
    }
    if (GET(lock, rlock, _count) != one) {
        return add_count(lock, -1) < 0 ? NULL : Py_NewRef(Py_None);
    }
    PUT(lock, rlock, _owner, Py_NewRef(zero));
    PUT(lock, rlock, _count, Py_NewRef(zero));
    return free_lock(lock) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
rlock_release(PyObject *lock, PyObject *Py_UNUSED(ignored))
{
    return release_rlock(RELEASE, lock, NULL, 0);
}

static PyObject *
rlock_exit(PyObject *lock, PyObject *const *args, Py_ssize_t nargs)
{
    return release_rlock(EXIT, lock, args, nargs);
}

static PyObject *
rlock_save(PyObject *lock, PyObject *Py_UNUSED(ignored))
{
    if (!is_held(lock)) {
        PyErr_SetObject(PyExc_RuntimeError, not_owned_text);
        return NULL;
    }
    PyObject *state = PyTuple_Pack(2, GET(lock, rlock, _count), GET(lock, rlock, _owner));
    if (state == NULL) {
        return NULL;
    }
    PUT(lock, rlock, _owner, Py_NewRef(zero));
    PUT(lock, rlock, _count, Py_NewRef(zero));
    if (free_lock(lock) < 0) {
        Py_CLEAR(state);
    }
    return state;
}

static PyObject *
rlock_restore(PyObject *lock, PyObject *state)
{
    if (!is_held(lock) && PyTuple_CheckExact(state) && PyTuple_GET_SIZE(state) == 2) {
        set_held(lock, 1);
        PUT(lock, rlock, _count, Py_NewRef(PyTuple_GET_ITEM(state, 0)));
        PUT(lock, rlock, _owner, Py_NewRef(PyTuple_GET_ITEM(state, 1)));
        Py_RETURN_NONE;
    }
    return call_python(python_rlock[RESTORE], lock, &state, 1, NULL);
}

/* -- in front of the Python methods ----------------------------------------------------------------------------------- */

#define AS_METHOD(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef lock_methods[] = {
    [ACQUIRE] = {"acquire", AS_METHOD(lock_acquire), METH_FASTCALL | METH_KEYWORDS, NULL},
    [ENTER] = {"__enter__", AS_METHOD(lock_enter), METH_FASTCALL, NULL},
    [RELEASE] = {"release", lock_release, METH_NOARGS, NULL},
    [EXIT] = {"__exit__", AS_METHOD(lock_exit), METH_FASTCALL, NULL},
    [SAVE] = {"_release_save", lock_release, METH_NOARGS, NULL},
    [RESTORE] = {"_acquire_restore", lock_restore, METH_O, NULL},
};

static PyMethodDef rlock_methods[] = {
    [ACQUIRE] = {"acquire", AS_METHOD(rlock_acquire), METH_FASTCALL | METH_KEYWORDS, NULL},
    [ENTER] = {"__enter__", AS_METHOD(rlock_enter), METH_FASTCALL, NULL},
    [RELEASE] = {"release", rlock_release, METH_NOARGS, NULL},
    [EXIT] = {"__exit__", AS_METHOD(rlock_exit), METH_FASTCALL, NULL},
    [SAVE] = {"_release_save", rlock_save, METH_NOARGS, NULL},
    [RESTORE] = {"_acquire_restore", rlock_restore, METH_O, NULL},
};

static PyMethodDef locked_methods[] = {
    {"locked", lock_locked, METH_NOARGS, NULL},
    {"_is_owned", lock_locked, METH_NOARGS, NULL},
};

/* Give the methods of `kind` the texts of those of the type that it stands for, where that has any. */
static void
take_texts(PyObject *original, PyMethodDef *methods, int number)
{
    for (int each = 0; each < number; each++) {
        PyObject *method = PyObject_GetAttrString(original, methods[each].ml_name);
        if (method != NULL && Py_IS_TYPE(method, &PyMethodDescr_Type)) {
            methods[each].ml_doc = ((PyMethodDescrObject *)method)->d_method->ml_doc;
        }
        Py_XDECREF(method);
        PyErr_Clear();
    }
}

/* -- functions of _thread --------------------------------------------------------------------------------------------- */

static PyObject *python_get_ident;

static PyObject *
thread_allocate_lock(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *lock = PyType_GenericAlloc(lock_type, 0);
    if (lock != NULL) {
        PUT(lock, lock, _held, Py_NewRef(Py_False));
        PUT(lock, lock, _waiters, Py_NewRef(nobody));
    }
    return lock;
}

static PyObject *
thread_get_ident(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyObject *ident = own_identity();
    return ident != NULL ? Py_NewRef(ident) : PyObject_CallNoArgs(python_get_ident);
}

static PyMethodDef allocate_lock_method = {"allocate_lock", thread_allocate_lock, METH_NOARGS, NULL};
static PyMethodDef get_ident_method = {"get_ident", thread_get_ident, METH_NOARGS, NULL};

static PyObject *
in_place_of(PyObject *original, PyMethodDef *method)
{
    PyCFunctionObject *function = (PyCFunctionObject *)original;
    method->ml_doc = function->m_ml->ml_doc;
    return PyCFunction_NewEx(method, function->m_self, function->m_module);
}

PyObject *
thread_functions(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *allocate_lock, *get_ident, *python;
    if (!PyArg_ParseTuple(args, "O!O!O:thread_functions", &PyCFunction_Type, &allocate_lock, &PyCFunction_Type, &get_ident,
                          &python)) {
        return NULL;
    }
    Py_XSETREF(python_get_ident, Py_NewRef(python));
    return Py_BuildValue("{sNsN}", "allocate_lock", in_place_of(allocate_lock, &allocate_lock_method), "get_ident",
                         in_place_of(get_ident, &get_ident_method));
}

PyObject *
serve_locks(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *lock, *rlock, *waiter, *original, *original_rlock;
    if (!PyArg_ParseTuple(args, "OOOOOOO:serve_locks", &lock, &rlock, &waiter, &lock_tally, &nobody, &original,
                          &original_rlock)) {
        return NULL;
    }
    Py_INCREF(lock_tally);
    Py_INCREF(nobody);
    lock_type = (PyTypeObject *)Py_NewRef(lock);
    waiter_type = (PyTypeObject *)Py_NewRef(waiter);
    name_free = PyUnicode_InternFromString("_free");
    name_wake = PyUnicode_InternFromString("wake");
    unlocked_text = PyUnicode_FromString("release unlocked lock");
    not_owned_text = PyUnicode_FromString("cannot release un-acquired lock");
    if (name_free == NULL || name_wake == NULL || unlocked_text == NULL || not_owned_text == NULL
        || find_slots(lock, lock_at_names, (Py_ssize_t *)&lock_at) < 0
        || find_slots(rlock, rlock_at_names, (Py_ssize_t *)&rlock_at) < 0
        || find_slots(waiter, waiter_at_names, (Py_ssize_t *)&waiter_at) < 0) {
        return NULL;
    }
    take_texts(original, lock_methods, METHODS);
    take_texts(original, locked_methods, 2);
    take_texts(original_rlock, rlock_methods, METHODS);
    for (int each = 0; each < METHODS; each++) {
        if (stand_in_front((PyTypeObject *)lock, &lock_methods[each], &python_lock[each]) < 0
            || stand_in_front((PyTypeObject *)rlock, &rlock_methods[each], &python_rlock[each]) < 0) {
            return NULL;
        }
    }
    for (int each = 0; each < 2; each++) {
        PyObject *behind;
        if (stand_in_front((PyTypeObject *)lock, &locked_methods[each], &behind) < 0) {
            return NULL;
        }
        Py_DECREF(behind);
    }
    Py_RETURN_NONE;
}
