/* The recorder's part, in C: the sums of a site, the flight recorder, where a call was made, and the records of coroutines
   that begin and end. All of it is kept where the Python code keeps it (see `fast.c`). */

#include "fast_inside.h"
#include <stdint.h>
#include <time.h>

DEFINE_KIND(recorder_at, RECORDER_SLOTS)
DEFINE_KIND(records_at, RECORDS_SLOTS)
DEFINE_KIND(tally_at, TALLY_SLOTS)
DEFINE_KIND(site_at, SITE_SLOTS)

PyObject *the_recorder;
static PyObject *python_spawned, *python_returned, *python_ended; /* the functions behind ours */
static PyObject *name_free_slots, *name_site, *name_slot;

double
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)((int64_t)time.tv_sec * 1000000000 + time.tv_nsec) / 1e9; /* as CPython computes it */
}

/* -- sums ----------------------------------------------------------------------------------------------------------- */

enum { BUCKETS = 40 * 16, FIRST_BUCKET = (1023 - 22) << 4, WORDS = BUCKETS / 64 }; /* as in `layout` */

typedef struct {
    PyObject_HEAD
    int64_t switches;
    double wait, late, longest;
    uint64_t touched[WORDS]; /* which buckets are not empty */
    uint32_t counts[BUCKETS];
} Sums;

void
add_switch(PyObject *site, double wait, double late)
{
    Sums *sums = (Sums *)GET(site, site, sums);
    uint64_t bits;
    memcpy(&bits, &wait, sizeof bits);
    int64_t bucket = (int64_t)(bits >> 48) - FIRST_BUCKET;
    bucket = wait <= 0 || bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket;
    sums->switches++;
    sums->wait += wait;
    sums->late += late;
    if (wait > sums->longest) {
        sums->longest = wait;
    }
    sums->touched[bucket / 64] |= UINT64_C(1) << bucket % 64;
    sums->counts[bucket]++;
}

static Py_ssize_t
Sums_length(PyObject *self)
{
    return (Py_ssize_t)((Sums *)self)->switches;
}

static PyObject *
Sums_take(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    Sums *sums = (Sums *)self;
    PyObject *counts = PyDict_New();
    if (counts == NULL) {
        return NULL;
    }
    for (int word = 0; word < WORDS; word++) {
        while (sums->touched[word]) {
            int bucket = word * 64 + __builtin_ctzll(sums->touched[word]);
            PyObject *key = PyLong_FromLong(bucket + FIRST_BUCKET);
            PyObject *count = PyLong_FromUnsignedLong(sums->counts[bucket]);
            int failed = key == NULL || count == NULL || PyDict_SetItem(counts, key, count) < 0;
            Py_XDECREF(key);
            Py_XDECREF(count);
            if (failed) {
                Py_DECREF(counts);
                return NULL;
            }
            sums->touched[word] &= sums->touched[word] - 1;
            sums->counts[bucket] = 0;
        }
    }
    PyObject *result =
        Py_BuildValue("LdddN", (long long)sums->switches, sums->wait, sums->late, sums->longest, counts);
    sums->switches = 0;
    sums->wait = sums->late = sums->longest = 0;
    return result;
}

static PyMethodDef Sums_methods[] = {
    {"take", Sums_take, METH_NOARGS,
     "How many switches, the waits and lates in sum, the longest wait, and a histogram; all is zero then."},
    {NULL}};

static PySequenceMethods Sums_as_sequence = {.sq_length = Sums_length};

PyTypeObject SumsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ocoro.runtime.fast.Sums",
    .tp_basicsize = sizeof(Sums),
    .tp_as_sequence = &Sums_as_sequence,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Waits of one site that are not folded yet; `len` is the number of switches. Seconds.",
    .tp_methods = Sums_methods,
    .tp_new = PyType_GenericNew,
};

/* -- where a call is made --------------------------------------------------------------------------------------------- */

enum { DEEPEST = 40 }; /* frames, as in `tally` */

/* Borrowed; NULL, perhaps with an exception, where there is none. */
static PyObject *
look_up(PyObject *sites, Py_ssize_t instruction)
{
    PyObject *key = PyLong_FromSsize_t(instruction);
    PyObject *site = key == NULL ? NULL : PyDict_GetItemWithError(sites, key);
    Py_XDECREF(key);
    return site;
}

PyObject *
find_site(PyObject *tally)
{
    if (GET(the_recorder, recorder, places) == Py_None) {
        return Py_NewRef(GET(tally, tally, elsewhere));
    }
    PyFrameObject *innermost = PyThreadState_GetFrame(PyThreadState_Get());
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef((PyObject *)innermost);
    PyObject *site = NULL, *sites = GET(tally, tally, sites);
    Py_ssize_t first = 0; /* the innermost instruction */
    int is_known = 1;     /* all of them, as ours or the standard library's */
    for (int depth = 0; depth < DEEPEST && frame != NULL; depth++) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        Py_ssize_t instruction = (Py_ssize_t)code + PyFrame_GetLasti(frame);
        Py_DECREF(code);
        first = depth == 0 ? instruction : first;
        site = look_up(sites, instruction);
        if (site == NULL) {
            is_known = 0;
            break;
        }
        if (site != Py_None) {
            Py_INCREF(site);
            break;
        }
        site = NULL;
        PyFrameObject *back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    if (site == NULL && is_known) { /* nothing of the program's: see `Tally._site_in_library` */
        site = Py_XNewRef(look_up(sites, -first));
    }
    if (site == NULL && !PyErr_Occurred()) {
        PyObject *start = innermost == NULL ? Py_None : (PyObject *)innermost;
        site = PyObject_CallMethodObjArgs(tally, name_site, start, NULL);
    }
    Py_XDECREF(innermost);
    return site;
}

/* -- the flight recorder ----------------------------------------------------------------------------------------------- */

typedef struct { /* `layout.EVENT` */
    double start, ready, end;
    uint32_t coroutine, site;
    int32_t waker, fd;
    uint32_t kind, value;
} Event;

enum { WAIT = 1, SPAWN = 3, END = 4 };

/* Write `size` bytes at an offset of a memory that may be written to; -1 with an exception. */
static int
store(PyObject *memory, Py_ssize_t at, const void *data, Py_ssize_t size)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(memory, &buffer, PyBUF_WRITABLE) < 0) {
        return -1;
    }
    int fits = at >= 0 && at + size <= buffer.len;
    if (fits) {
        memcpy((char *)buffer.buf + at, data, (size_t)size);
    } else {
        PyErr_SetString(PyExc_ValueError, "an offset outside of the recording");
    }
    PyBuffer_Release(&buffer);
    return fits ? 0 : -1;
}

/* Put one event into the ring, which is there. */
static int
add_event(const Event *event)
{
    Py_ssize_t at = PyLong_AsSsize_t(GET(the_recorder, recorder, at));
    Py_ssize_t last = PyLong_AsSsize_t(GET(the_recorder, recorder, last));
    PyObject *next = at < last ? PyLong_FromSsize_t(at + (Py_ssize_t)sizeof *event)
                               : Py_NewRef(GET(the_recorder, recorder, first));
    if (next == NULL) {
        return -1;
    }
    PUT(the_recorder, recorder, at, next);
    return store(GET(the_recorder, recorder, ring), at, event, sizeof *event);
}

static uint32_t
number_of(PyObject *coroutine)
{
    return (uint32_t)PyLong_AsUnsignedLongMask(GET(coroutine, coroutine, number));
}

int
note_wait(PyObject *me, PyObject *site, double start, double ready, double end, int fd)
{
    if (GET(the_recorder, recorder, ring) == Py_None) {
        return 0;
    }
    PyObject *waited = PyFloat_FromDouble(PyFloat_AsDouble(GET(me, coroutine, waited)) + (ready - start));
    PyObject *delayed = PyFloat_FromDouble(PyFloat_AsDouble(GET(me, coroutine, delayed)) + (end - ready));
    if (waited == NULL || delayed == NULL) {
        Py_XDECREF(waited);
        Py_XDECREF(delayed);
        return -1;
    }
    PUT(me, coroutine, waited, waited);
    PUT(me, coroutine, delayed, delayed);
    Event event = {
        start,
        ready,
        end,
        number_of(me),
        (uint32_t)PyLong_AsUnsignedLongMask(GET(site, site, number)),
        (int32_t)PyLong_AsLong(GET(me, coroutine, waker)),
        fd,
        WAIT,
        0,
    };
    return add_event(&event);
}

/* An event that takes no time. */
static int
note(uint32_t kind, PyObject *coroutine, PyObject *waker, double at)
{
    Event event = {at, at, at, number_of(coroutine), 0, waker == NULL ? 0 : (int32_t)number_of(waker), -1, kind, 0};
    return add_event(&event);
}

/* -- coroutines begin and end -------------------------------------------------------------------------------------------- */

enum { NAME_SIZE = 40, OVER = 4 };

typedef struct { /* `layout.COROUTINE_NUMBERS` */
    uint32_t number, state, site, waits;
    double started, ended, since, wait, late;
} Numbers;

typedef struct { /* `layout.COROUTINE` */
    Numbers numbers;
    char name[NAME_SIZE];
} Record;

/* `Records._slot`: a new reference. */
static PyObject *
find_slot(PyObject *records)
{
    PyObject *free = PyObject_GetAttr(GET(records, records, _recording), name_free_slots);
    PyObject *slot = free == NULL ? NULL : PyIter_Next(free);
    Py_XDECREF(free);
    if (slot != NULL || PyErr_Occurred()) {
        return slot;
    }
    PyObject *over = GET(records, records, _over);
    return Py_SIZE(over) > 0 ? deque_popleft(over, NULL) : PyObject_CallMethodNoArgs(records, name_slot);
}

static int
write_record(PyObject *slot, const void *data, Py_ssize_t size)
{
    return store(PyTuple_GET_ITEM(slot, 0), PyLong_AsSsize_t(PyTuple_GET_ITEM(slot, 1)), data, size);
}

/* `Records._begin`. Runs Python code, which tells the name; the caller has a reference to `records`. */
static int
begin_record(PyObject *records, PyObject *coroutine)
{
    PyObject *name = PyObject_CallOneArg(GET(records, records, _name), coroutine);
    PyObject *bytes = name == NULL ? NULL : PyUnicode_AsEncodedString(name, "utf-8", "backslashreplace");
    Py_XDECREF(name);
    PyObject *slot = bytes == NULL ? NULL : find_slot(records);
    if (slot == NULL) {
        Py_XDECREF(bytes);
        return -1;
    }
    Record record = {0};
    memcpy(record.name, PyBytes_AS_STRING(bytes), (size_t)Py_MIN(PyBytes_GET_SIZE(bytes), NAME_SIZE));
    Py_DECREF(bytes);
    PUT(coroutine, coroutine, slot, slot);
    return write_record(slot, &record, sizeof record);
}

static int
spawned(PyObject *coroutine, PyObject *waker, PyObject *alive)
{
    PyObject *number = PyNumber_Add(GET(the_recorder, recorder, coroutines), one);
    if (number == NULL) {
        return -1;
    }
    PUT(the_recorder, recorder, coroutines, Py_NewRef(number));
    PUT(coroutine, coroutine, number, number);
    if (PyLong_AsSsize_t(alive) > PyLong_AsSsize_t(GET(the_recorder, recorder, most))) {
        PUT(the_recorder, recorder, most, Py_NewRef(alive));
    }
    PyObject *begin = GET(coroutine, coroutine, ready_at);
    PUT(coroutine, coroutine, started_at, Py_NewRef(begin));
    return GET(the_recorder, recorder, ring) == Py_None ? 0 : note(SPAWN, coroutine, waker, PyFloat_AsDouble(begin));
}

static int
returned(PyObject *coroutine)
{
    PyObject *records = GET(the_recorder, recorder, records);
    if (records == Py_None || GET(coroutine, coroutine, slot) != Py_None) {
        return 0;
    }
    Py_INCREF(records);
    int failed = begin_record(records, coroutine);
    Py_DECREF(records);
    return failed;
}

/* `Records.bury`. */
static int
bury(PyObject *records, PyObject *coroutine, double at)
{
    if (GET(coroutine, coroutine, slot) == Py_None && begin_record(records, coroutine) < 0) {
        return -1;
    }
    PyObject *site = GET(coroutine, coroutine, site);
    Numbers numbers = {
        number_of(coroutine),
        OVER,
        site == Py_None ? 0 : (uint32_t)PyLong_AsUnsignedLongMask(GET(site, site, number)),
        (uint32_t)PyLong_AsUnsignedLongMask(GET(coroutine, coroutine, serial)),
        PyFloat_AsDouble(GET(coroutine, coroutine, started_at)),
        at,
        at,
        PyFloat_AsDouble(GET(coroutine, coroutine, waited)),
        PyFloat_AsDouble(GET(coroutine, coroutine, delayed)),
    };
    PyObject *slot = GET(coroutine, coroutine, slot);
    return write_record(slot, &numbers, sizeof numbers) < 0 ? -1 : run(deque_append(GET(records, records, _over), slot));
}

static int
ended(PyObject *coroutine)
{
    PyObject *records = GET(the_recorder, recorder, records);
    if (records == Py_None || number_of(coroutine) == 0) {
        return 0;
    }
    double at = now();
    Py_INCREF(records);
    int failed = note(END, coroutine, NULL, at) < 0 || bury(records, coroutine, at) < 0;
    Py_DECREF(records);
    return failed ? -1 : 0;
}

static PyObject *
method_spawned(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (self != the_recorder || nargs != 3) {
        return call_python(python_spawned, self, args, nargs, NULL);
    }
    return spawned(args[0], args[1], args[2]) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
method_returned(PyObject *self, PyObject *coroutine)
{
    if (self != the_recorder) {
        return call_python(python_returned, self, &coroutine, 1, NULL);
    }
    return returned(coroutine) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
method_ended(PyObject *self, PyObject *coroutine)
{
    if (self != the_recorder) {
        return call_python(python_ended, self, &coroutine, 1, NULL);
    }
    return ended(coroutine) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef in_front[] = {
    {"spawned", (PyCFunction)(void (*)(void))method_spawned, METH_FASTCALL, NULL},
    {"returned", method_returned, METH_O, NULL},
    {"ended", method_ended, METH_O, NULL},
};

int
serve_recorder(PyObject *recorder, PyObject *records, PyObject *tally, PyObject *site)
{
    name_free_slots = PyUnicode_InternFromString("_free_slots");
    name_site = PyUnicode_InternFromString("site");
    name_slot = PyUnicode_InternFromString("_slot");
    PyTypeObject *type = Py_TYPE(recorder);
    if (name_free_slots == NULL || name_site == NULL || name_slot == NULL
        || find_slots((PyObject *)type, recorder_at_names, (Py_ssize_t *)&recorder_at) < 0
        || find_slots(records, records_at_names, (Py_ssize_t *)&records_at) < 0
        || find_slots(tally, tally_at_names, (Py_ssize_t *)&tally_at) < 0
        || find_slots(site, site_at_names, (Py_ssize_t *)&site_at) < 0
        || stand_in_front(type, &in_front[0], &python_spawned) < 0
        || stand_in_front(type, &in_front[1], &python_returned) < 0
        || stand_in_front(type, &in_front[2], &python_ended) < 0) {
        return -1;
    }
    the_recorder = Py_NewRef(recorder);
    return 0;
}
