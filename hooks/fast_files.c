/* One coroutine at a time inside a buffered file object, in C. See `hooks/io.py`, which says what is done.

   The C code of a buffered object takes a lock that belongs to the thread. So who comes second has to wait before that:
   each method that takes the lock gets another C function, in the table of methods that its type was made from. Types,
   method objects and whoever has a method bound already stay what they are, and so does the slot behind `for line in`.

   Who is inside is noted here, by the object's address, for as long as its call lasts. A lock, one of `lock.py`, is made
   when the first has to wait; it belongs to who is inside from then on. Who is inside and comes again (a signal handler, a
   destructor, the raw object itself) is let through and refused by the original.

   What was opened on a disk is let through at once: that costs one nanosecond of sixty, and to note who is inside ten. */

#define PY_SSIZE_T_CLEAN
#include "../runtime/fast.h"
#include <stdint.h>

typedef struct Inside {
    PyObject *file;     /* borrowed: those who call have it */
    void *owner;        /* who is inside, as `Waits.caller` says */
    PyObject *turn;     /* the lock; NULL while nobody had to wait */
    Py_ssize_t callers; /* inside or waiting */
    struct Inside *next;
} Inside;

enum { BUCKETS = 1024 }; /* so many are inside at once before it costs anything to find one */

static Waits *waits;
static Inside *buckets[BUCKETS];
static Inside *spare; /* of one caller, without a lock */
static Inside nobody; /* stands for a call that is not noted */
static PyObject *make_lock, *before_close, *after_close;
static PyObject *pending, *deliver_after_return; /* of `frames`: signals that wait for main, and what has them handled */
static PyObject *name_acquire, *name_flush, *name_raw, *name_readinto, *name_release;

/* Who calls, only to be compared: a coroutine, or the state of another thread; NULL in another interpreter, and once the
   scheduler has retired. */
static inline void *
caller(void)
{
    static PyObject *home;
    static unsigned long number; /* that is `home` */
    PyThreadState *state = PyThreadState_Get();
    if (state->interp != waits->interpreter) {
        return NULL;
    }
    if (*waits->home != home) {
        Py_XSETREF(home, Py_NewRef(*waits->home));
        number = PyLong_AsUnsignedLong(home);
    }
    return number == state->thread_id ? *waits->current : number ? (PyObject *)state : NULL;
}

/* -- files of this machine ---------------------------------------------------------------------------------------------- */

typedef struct { /* the beginning of CPython's `buffered`; `knows_files` checks it */
    PyObject_HEAD
    PyObject *raw;
    int ok, detached, readable, writable;
    char finalizing;
    int is_plain; /* an object of the C type, over a raw one that is, too: `fast_closed_checks` */
} Buffered;

typedef struct { /* the beginning of CPython's `fileio` */
    PyObject_HEAD
    int fd;
    unsigned int created : 1, readable : 1, writable : 1, appending : 1;
    signed int seekable : 2; /* -1 when unknown */
} Raw;

static int knows; /* the objects are what these structures say */

/* Whether `file` is a plain one over a file of this machine: nobody waits inside. */
static inline int
is_on_disk(PyObject *file)
{
    Buffered *buffered = (Buffered *)file;
    return knows && buffered->is_plain && buffered->ok > 0 && ((Raw *)buffered->raw)->seekable == 1;
}

static int
is_as_expected(PyObject *file, int readable, int writable, int is_plain, int seekable)
{
    Buffered *buffered = (Buffered *)file;
    PyObject *raw = PyObject_GetAttr(file, name_raw);
    int is = raw != NULL && Py_TYPE(file)->tp_basicsize >= (Py_ssize_t)sizeof(Buffered)
             && Py_TYPE(raw)->tp_basicsize >= (Py_ssize_t)sizeof(Raw) && buffered->raw == raw && buffered->ok == 1
             && buffered->detached == 0 && buffered->readable == readable && buffered->writable == writable
             && buffered->finalizing == 0 && buffered->is_plain == is_plain && ((Raw *)raw)->seekable == seekable;
    Py_XDECREF(raw);
    PyErr_Clear();
    return is;
}

/* -- who is inside ------------------------------------------------------------------------------------------------------ */

static inline Inside **
bucket_of(PyObject *file)
{
    return &buckets[((uintptr_t)file >> 4) % BUCKETS];
}

static inline Inside *
find(PyObject *file)
{
    Inside *inside = *bucket_of(file);
    while (inside != NULL && inside->file != file) {
        inside = inside->next;
    }
    return inside;
}

static inline Inside *
note(PyObject *file, void *owner)
{
    Inside *inside = spare;
    if (inside != NULL) {
        spare = inside->next;
    } else {
        inside = PyMem_Malloc(sizeof(Inside));
        if (inside == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        inside->turn = NULL;
        inside->callers = 1;
    }
    Inside **bucket = bucket_of(file);
    inside->file = file;
    inside->owner = owner;
    inside->next = *bucket;
    *bucket = inside;
    return inside;
}

/* The last caller goes. */
static inline void
forget(Inside *inside)
{
    Inside **link = bucket_of(inside->file);
    while (*link != inside) {
        link = &(*link)->next;
    }
    *link = inside->next;
    inside->next = spare;
    spare = inside;
}

/* A caller goes for whom there is a lock: the last one takes it along. A new reference, to be released by who held it. */
static PyObject *
go_from(Inside *inside)
{
    PyObject *turn = Py_NewRef(inside->turn);
    if (inside->callers > 1) {
        inside->callers--;
    } else {
        Py_CLEAR(inside->turn);
        forget(inside);
    }
    return turn;
}

/* A lock that is held. */
static PyObject *
make_turn(void)
{
    PyObject *turn = PyObject_CallNoArgs(make_lock);
    PyObject *held = turn == NULL ? NULL : PyObject_CallMethodNoArgs(turn, name_acquire);
    Py_XDECREF(held);
    if (held == NULL) {
        Py_CLEAR(turn);
    }
    return turn;
}

/* Wait until nobody else is inside. */
__attribute__((noinline)) static Inside *
wait_outside(PyObject *file, void *me)
{
    Inside *inside = find(file);
    if (inside->turn == NULL) {
        PyObject *turn = make_turn(); /* others may come and go meanwhile */
        if (turn == NULL) {
            return NULL;
        }
        inside = find(file);
        if (inside == NULL) {
            Py_DECREF(turn);
            return note(file, me);
        }
        if (inside->turn == NULL) {
            inside->turn = turn;
        } else {
            Py_DECREF(turn);
        }
    }
    inside->callers++;
    PyObject *taken = PyObject_CallMethodNoArgs(inside->turn, name_acquire);
    if (taken == NULL) {
        Py_DECREF(go_from(inside));
        return NULL;
    }
    Py_DECREF(taken);
    inside->owner = me;
    return inside;
}

/* Go in; NULL with an exception. */
static inline Inside *
enter(PyObject *file)
{
    void *me = caller();
    Inside *inside = me == NULL ? &nobody : find(file);
    if (inside == NULL) {
        return note(file, me);
    }
    return inside == &nobody || inside->owner == me ? &nobody : wait_outside(file, me);
}

__attribute__((noinline)) static void
pass_on(Inside *inside)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    inside->owner = NULL;
    PyObject *turn = go_from(inside);
    PyObject *done = PyObject_CallMethodNoArgs(turn, name_release);
    Py_XDECREF(done);
    Py_DECREF(turn);
    if (done == NULL) {
        PyErr_Clear();
    }
    PyErr_Restore(kind, value, traceback);
}

/* Have the handlers run that were put off while main was inside: when this call has returned, as what they raise must not
   look like its failure. */
__attribute__((noinline)) static void
deliver(void)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    PyObject *fuses = PyObject_CallNoArgs(deliver_after_return);
    Py_XDECREF(fuses);
    PyErr_Clear();
    PyErr_Restore(kind, value, traceback);
}

static inline void
leave(Inside *inside)
{
    if (inside == &nobody) {
        return;
    }
    if (inside->turn != NULL) {
        pass_on(inside);
    } else {
        forget(inside);
    }
    if (Py_SIZE(pending) > 0) {
        deliver();
    }
}

/* -- closing ---------------------------------------------------------------------------------------------------------- */

static PyCFunction original_close;

/* Whether `flush` is the program's, which others may have to help: `close` calls it without its lock. */
static int
has_own_flush(PyObject *file)
{
    if (PyType_HasFeature(Py_TYPE(file), Py_TPFLAGS_IMMUTABLETYPE)) {
        return 0;
    }
    PyObject *flush = PyObject_GetAttr((PyObject *)Py_TYPE(file), name_flush);
    int is_own = flush == NULL || !Py_IS_TYPE(flush, &PyMethodDescr_Type);
    Py_XDECREF(flush);
    PyErr_Clear();
    return is_own;
}

/* The raw object of `file`, a new reference, if it has methods of ours; else NULL. */
static PyObject *
shadowed_raw(PyObject *file)
{
    PyObject *raw = PyObject_GetAttr(file, name_raw);
    int is_of_c = raw != NULL && PyType_HasFeature(Py_TYPE(raw), Py_TPFLAGS_IMMUTABLETYPE) && raw != Py_None;
    PyObject *names = is_of_c ? PyObject_GenericGetDict(raw, NULL) : NULL;
    if (names == NULL || PyDict_Contains(names, name_readinto) != 1) {
        Py_CLEAR(raw);
    }
    Py_XDECREF(names);
    PyErr_Clear();
    return raw;
}

static PyObject *
close_in_turn(PyObject *file, PyObject *argument)
{
    if (is_on_disk(file)) {
        return original_close(file, argument);
    }
    Inside *inside = has_own_flush(file) ? &nobody : enter(file);
    if (inside == NULL) {
        return NULL;
    }
    PyObject *raw = shadowed_raw(file);
    PyObject *done = raw == NULL ? NULL : PyObject_CallOneArg(before_close, raw);
    Py_XDECREF(done);
    PyObject *result = raw == NULL || done != NULL ? original_close(file, argument) : NULL;
    if (raw != NULL) {
        PyObject *kind, *value, *traceback;
        PyErr_Fetch(&kind, &value, &traceback);
        done = PyObject_CallOneArg(after_close, raw);
        Py_XDECREF(done);
        PyErr_Clear();
        PyErr_Restore(kind, value, traceback);
        Py_DECREF(raw);
    }
    leave(inside);
    return result;
}

/* -- the methods -------------------------------------------------------------------------------------------------------- */

#define IN_TURN(call)             \
    if (is_on_disk(file)) {       \
        return call;              \
    }                             \
    Inside *inside = enter(file); \
    if (inside == NULL) {         \
        return NULL;              \
    }                             \
    PyObject *result = call;      \
    leave(inside);                \
    return result;

/* A method may be called in three ways, by its version of Python. */
#define DEFINE_TURN(name)                                                                                              \
    static PyCFunction original_##name;                                                                                \
    static PyObject *name##_of_one(PyObject *file, PyObject *argument)                                                 \
    {                                                                                                                  \
        IN_TURN(original_##name(file, argument))                                                                       \
    }                                                                                                                  \
    static PyObject *name##_of_many(PyObject *file, PyObject *const *args, Py_ssize_t nargs)                           \
    {                                                                                                                  \
        IN_TURN(((_PyCFunctionFast)(void (*)(void))original_##name)(file, args, nargs))                                \
    }                                                                                                                  \
    static PyObject *name##_of_class(PyObject *file, PyTypeObject *type, PyObject *const *args, Py_ssize_t nargs,      \
                                     PyObject *names)                                                                  \
    {                                                                                                                  \
        IN_TURN(((PyCMethod)(void (*)(void))original_##name)(file, type, args, nargs, names))                          \
    }

#define TURNS(X) X(flush) X(peek) X(read) X(read1) X(readinto) X(readinto1) X(readline) X(seek) X(truncate) X(write)
TURNS(DEFINE_TURN)

#define AS_METHOD(function) (PyCFunction)(void (*)(void))(function)
#define AS_ROW(name) \
    {#name, &original_##name, name##_of_one, AS_METHOD(name##_of_many), AS_METHOD(name##_of_class)},

static const struct {
    const char *name;
    PyCFunction *original;
    PyCFunction of_one, of_many, of_class;
} turns[] = {TURNS(AS_ROW){"close", &original_close, close_in_turn, NULL, NULL}};

/* Put our function in place of a method's; in the types of a second copy of the module it is there already. */
static void
take_method(PyMethodDef *method)
{
    for (size_t each = 0; each < Py_ARRAY_LENGTH(turns); each++) {
        if (strcmp(turns[each].name, method->ml_name) != 0) {
            continue;
        }
        PyCFunction ours = method->ml_flags == METH_NOARGS || method->ml_flags == METH_O ? turns[each].of_one
                           : method->ml_flags == METH_FASTCALL                           ? turns[each].of_many
                           : method->ml_flags == (METH_METHOD | METH_FASTCALL | METH_KEYWORDS)
                               ? turns[each].of_class
                               : NULL;
        PyCFunction *original = turns[each].original;
        if (ours != NULL && (*original == NULL || *original == method->ml_meth)) {
            *original = method->ml_meth;
            method->ml_meth = ours;
        }
    }
}

/* -- for line in file --------------------------------------------------------------------------------------------------- */

static iternextfunc original_next;

static PyObject *
next_in_turn(PyObject *file)
{
    if (!PyType_HasFeature(Py_TYPE(file), Py_TPFLAGS_IMMUTABLETYPE)) { /* a subclass: it calls `readline` by its name */
        return original_next(file);
    }
    IN_TURN(original_next(file))
}

static void
take_next(PyTypeObject *type, PyWrapperDescrObject *method)
{
    if (method->d_wrapped == (void *)type->tp_iternext
        && (original_next == NULL || original_next == type->tp_iternext)) {
        original_next = type->tp_iternext;
        type->tp_iternext = next_in_turn;
        method->d_wrapped = (void *)next_in_turn;
    }
}

/* -- functions of the module -------------------------------------------------------------------------------------------- */

__attribute__((visibility("hidden"))) PyObject *
serve_files(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *lock, *before, *after, *signals, *deliverer, *reader, *writer, *peculiar;
    if (!PyArg_ParseTuple(args, "OOOOO(OOO):serve_files", &lock, &before, &after, &signals, &deliverer, &reader, &writer,
                          &peculiar)) {
        return NULL;
    }
    if (make_lock != NULL) { /* a second copy of the module: its objects are made by the same code */
        return PyBool_FromLong(knows);
    }
    waits = PyCapsule_Import(OCORO_FAST_CAPSULE, 0);
    name_acquire = PyUnicode_InternFromString("acquire");
    name_flush = PyUnicode_InternFromString("flush");
    name_raw = PyUnicode_InternFromString("raw");
    name_readinto = PyUnicode_InternFromString("readinto");
    name_release = PyUnicode_InternFromString("release");
    if (PyErr_Occurred()) {
        return NULL;
    }
    make_lock = Py_NewRef(lock);
    before_close = Py_NewRef(before);
    after_close = Py_NewRef(after);
    pending = Py_NewRef(signals);
    deliver_after_return = Py_NewRef(deliverer);
    knows = is_as_expected(reader, 1, 0, 1, 1) && is_as_expected(writer, 0, 1, 1, 0)
            && is_as_expected(peculiar, 1, 0, 0, 1);
    return PyBool_FromLong(knows);
}

__attribute__((visibility("hidden"))) PyObject *
is_inside(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    void *me = caller();
    for (int each = 0; me != NULL && each < BUCKETS; each++) {
        for (Inside *inside = buckets[each]; inside != NULL; inside = inside->next) {
            if (inside->owner == me) {
                Py_RETURN_TRUE;
            }
        }
    }
    Py_RETURN_FALSE;
}

__attribute__((visibility("hidden"))) PyObject *
may_wait(PyObject *Py_UNUSED(module), PyObject *file)
{
    if (knows) {
        ((Buffered *)file)->is_plain = 0; /* then its C code asks the raw object whether it is closed, like any other */
    }
    Py_RETURN_NONE;
}

__attribute__((visibility("hidden"))) PyObject *
take_turns(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyTypeObject *type;
    PyObject *names;
    if (!PyArg_ParseTuple(args, "O!O!:take_turns", &PyType_Type, &type, &PyTuple_Type, &names)) {
        return NULL;
    }
    for (Py_ssize_t each = 0; each < PyTuple_GET_SIZE(names); each++) {
        PyObject *method = PyObject_GetAttr((PyObject *)type, PyTuple_GET_ITEM(names, each));
        if (method == NULL) {
            return NULL;
        }
        if (Py_IS_TYPE(method, &PyMethodDescr_Type)) {
            take_method(((PyMethodDescrObject *)method)->d_method);
        } else if (Py_IS_TYPE(method, &PyWrapperDescr_Type) && type->tp_iternext != NULL) {
            take_next(type, (PyWrapperDescrObject *)method);
        }
        Py_DECREF(method);
    }
    Py_RETURN_NONE;
}
