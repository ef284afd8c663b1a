/* The recorder's part, in C: the sums of a site, the flight recorder, and the records of coroutines that begin and end.
   All of it is kept where the Python code keeps it (see `fast.c`), but for `Recorder.at`, which is a number of ours. */

#include "fast_inside.h"
#include <stdint.h>
#include <time.h>

DEFINE_KIND(recorder_at, RECORDER_SLOTS)
DEFINE_KIND(records_at, RECORDS_SLOTS)
DEFINE_KIND(site_at, SITE_SLOTS)

PyObject *the_recorder;
static PyObject *python_spawned, *python_returned, *python_ended, *python_update; /* the functions behind ours */
static PyObject *slot_at;                                                         /* the descriptor behind ours */
static PyObject *name_free_slots, *name_slot;

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
    int64_t switches, calls, bytes;
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

void
add_call(PyObject *site, Py_ssize_t size)
{
    Sums *sums = (Sums *)GET(site, site, sums);
    sums->calls++;
    sums->bytes += size;
}

static int
Sums_bool(PyObject *self)
{
    return ((Sums *)self)->switches || ((Sums *)self)->calls;
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
        Py_BuildValue("LdddNLL", (long long)sums->switches, sums->wait, sums->late, sums->longest, counts,
                      (long long)sums->calls, (long long)sums->bytes);
    sums->switches = sums->calls = sums->bytes = 0;
    sums->wait = sums->late = sums->longest = 0;
    return result;
}

static PyMethodDef Sums_methods[] = {
    {"take", Sums_take, METH_NOARGS,
     "How many switches, waits and lates in sum, longest wait, a histogram, calls and bytes; all is zero then."},
    {NULL}};

static PyNumberMethods Sums_as_number = {.nb_bool = Sums_bool};
static PySequenceMethods Sums_as_sequence = {.sq_length = Sums_length};

PyTypeObject SumsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "ocoro.runtime.fast.Sums",
    .tp_basicsize = sizeof(Sums),
    .tp_as_number = &Sums_as_number,
    .tp_as_sequence = &Sums_as_sequence,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Waits and calls of one site that are not folded yet; `len` is the number of switches. Seconds.",
    .tp_methods = Sums_methods,
    .tp_new = PyType_GenericNew,
};

/* -- the flight recorder ----------------------------------------------------------------------------------------------- */

typedef struct { /* `layout.EVENT` */
    double start, ready, end;
    uint32_t coroutine, site;
    int32_t waker, fd;
    uint32_t kind, value;
} Event;

enum { WAIT = 1, SPAWN = 3, END = 4 };

static int
is_inside(Py_ssize_t at, Py_ssize_t size, Py_ssize_t length)
{
    if (at < 0 || at + size > length) {
        PyErr_SetString(PyExc_ValueError, "an offset outside of the recording");
        return 0;
    }
    return 1;
}

/* The memory of the ring, which is there, from an offset on; NULL with an exception.

   Its address is kept, as a mapping tells it slowly: `Recorder` lets go of the ring before it unmaps it. */
static char *
in_ring(Py_ssize_t at, Py_ssize_t size)
{
    static PyObject *ring;
    static char *start;
    static Py_ssize_t length;
    PyObject *present = GET(the_recorder, recorder, ring);
    if (ring != present) {
        Py_buffer buffer;
        if (PyObject_GetBuffer(present, &buffer, PyBUF_WRITABLE) < 0) {
            return NULL;
        }
        start = buffer.buf;
        length = buffer.len;
        PyBuffer_Release(&buffer);
        Py_XSETREF(ring, Py_NewRef(present));
    }
    return is_inside(at, size, length) ? start + at : NULL;
}

/* Where the next event goes: `Recorder.at`, which would be a new number for each event. */
static Py_ssize_t position;

static PyObject *
get_at(PyObject *self, void *Py_UNUSED(closure))
{
    return self == the_recorder ? PyLong_FromSsize_t(position)
                                : Py_TYPE(slot_at)->tp_descr_get(slot_at, self, (PyObject *)Py_TYPE(self));
}

static int
set_at(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (self != the_recorder || value == NULL) {
        return Py_TYPE(slot_at)->tp_descr_set(slot_at, self, value);
    }
    position = as_int(value);
    return position < 0 && PyErr_Occurred() ? -1 : 0;
}

/* Put one event into the ring, which is there. */
static int
add_event(const Event *event)
{
    char *place = in_ring(position, (Py_ssize_t)sizeof *event);
    if (place == NULL) {
        return -1;
    }
    memcpy(place, event, sizeof *event);
    Py_ssize_t last = as_int(GET(the_recorder, recorder, last));
    position = position < last ? position + (Py_ssize_t)sizeof *event : as_int(GET(the_recorder, recorder, first));
    return 0;
}

static uint32_t
number_of(PyObject *coroutine)
{
    return (uint32_t)as_int(GET(coroutine, coroutine, number));
}

/* Add seconds to those in a slot: to the number itself where nobody else has it. -1 with an exception. */
static int
add(PyObject **slot, double seconds)
{
    PyObject *number = *slot;
    if (Py_REFCNT(number) == 1 && PyFloat_CheckExact(number)) {
        ((PyFloatObject *)number)->ob_fval += seconds;
        return 0;
    }
    PyObject *sum = PyFloat_FromDouble(PyFloat_AsDouble(number) + seconds);
    if (sum == NULL) {
        return -1;
    }
    put(slot, sum);
    return 0;
}

int
note_late(PyObject *me, double late)
{
    return add(&SLOT(me, coroutine, delayed), late);
}

int
note_wait(PyObject *me, PyObject *site, double start, double ready, double end, int fd)
{
    if (GET(the_recorder, recorder, ring) == Py_None) {
        return 0;
    }
    if (add(&SLOT(me, coroutine, waited), ready - start) < 0 || add(&SLOT(me, coroutine, delayed), end - ready) < 0) {
        return -1;
    }
    Event event = {
        start,
        ready,
        end,
        number_of(me),
        (uint32_t)as_int(GET(site, site, number)),
        (int32_t)as_int(GET(me, coroutine, waker)),
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

enum { NAME_SIZE = 40, SHARE = 50, READY = 2, WAITING = 3, OVER = 4 };

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
    Py_buffer buffer;
    if (PyObject_GetBuffer(PyTuple_GET_ITEM(slot, 0), &buffer, PyBUF_WRITABLE) < 0) {
        return -1;
    }
    Py_ssize_t at = as_int(PyTuple_GET_ITEM(slot, 1));
    int fits = is_inside(at, size, buffer.len);
    if (fits) {
        memcpy((char *)buffer.buf + at, data, (size_t)size);
    }
    PyBuffer_Release(&buffer);
    return fits ? 0 : -1;
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
    if (as_int(alive) > as_int(GET(the_recorder, recorder, most))) {
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

/* `Records._write`. */
static int
write_numbers(PyObject *records, PyObject *coroutine, uint32_t state, PyObject *since, double until)
{
    if (GET(coroutine, coroutine, slot) == Py_None && begin_record(records, coroutine) < 0) {
        return -1;
    }
    PyObject *site = GET(coroutine, coroutine, site);
    Numbers numbers = {
        number_of(coroutine),
        state,
        site == Py_None ? 0 : (uint32_t)as_int(GET(site, site, number)),
        (uint32_t)as_int(GET(coroutine, coroutine, serial)),
        PyFloat_AsDouble(GET(coroutine, coroutine, started_at)),
        until,
        PyFloat_AsDouble(since),
        PyFloat_AsDouble(GET(coroutine, coroutine, waited)),
        PyFloat_AsDouble(GET(coroutine, coroutine, delayed)),
    };
    return write_record(GET(coroutine, coroutine, slot), &numbers, sizeof numbers);
}

/* One step of `Records.update`. */
static int
write_news(PyObject *records, PyObject *coroutine, double written_at)
{
    PyObject *parked_at = GET(coroutine, coroutine, parked_at), *ready_at = GET(coroutine, coroutine, ready_at);
    if (number_of(coroutine) == 0
        || (PyFloat_AsDouble(parked_at) < written_at && PyFloat_AsDouble(ready_at) < written_at)) {
        return 0;
    }
    return GET(coroutine, coroutine, parked) == zero ? write_numbers(records, coroutine, READY, ready_at, 0.0)
                                                     : write_numbers(records, coroutine, WAITING, parked_at, 0.0);
}

/* `Records.update`. */
static int
update(PyObject *records, PyObject *coroutines, PyObject *time, double pause)
{
    double begin = now(), written_at = PyFloat_AsDouble(GET(records, records, written_at));
    PUT(records, records, written_at, Py_NewRef(time));
    PyObject *each = PyObject_GetIter(coroutines), *coroutine;
    if (each == NULL) {
        return -1;
    }
    while ((coroutine = PyIter_Next(each)) != NULL) {
        int failed = write_news(records, coroutine, written_at);
        Py_DECREF(coroutine);
        if (failed) {
            break;
        }
    }
    Py_DECREF(each);
    double took = now() - begin;
    PyObject *due_at = PyErr_Occurred() ? NULL : PyFloat_FromDouble(PyFloat_AsDouble(time) + Py_MAX(pause, SHARE * took));
    if (due_at == NULL) {
        return -1;
    }
    PUT(records, records, due_at, due_at);
    return 0;
}

/* `Records.bury`. */
static int
bury(PyObject *records, PyObject *coroutine, double at)
{
    PyObject *time = PyFloat_FromDouble(at);
    int failed = time == NULL || write_numbers(records, coroutine, OVER, time, at) < 0;
    Py_XDECREF(time);
    return failed ? -1 : run(deque_append(GET(records, records, _over), GET(coroutine, coroutine, slot)));
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

static PyObject *
method_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (the_recorder == NULL || self != GET(the_recorder, recorder, records) || nargs != 3) {
        return call_python(python_update, self, args, nargs, NULL);
    }
    return update(self, args[0], args[1], PyFloat_AsDouble(args[2])) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyGetSetDef at = {"at", get_at, set_at, NULL, NULL};
static PyMethodDef in_front_of_records = {"update", (PyCFunction)(void (*)(void))method_update, METH_FASTCALL, NULL};
static PyMethodDef in_front[] = {
    {"spawned", (PyCFunction)(void (*)(void))method_spawned, METH_FASTCALL, NULL},
    {"returned", method_returned, METH_O, NULL},
    {"ended", method_ended, METH_O, NULL},
};

/* Keep `Recorder.at` as a number of C. */
static int
keep_position(PyTypeObject *type)
{
    position = as_int(GET(the_recorder, recorder, at));
    slot_at = PyObject_GetAttrString((PyObject *)type, at.name);
    PyObject *descriptor = slot_at == NULL ? NULL : PyDescr_NewGetSet(type, &at);
    int failed = descriptor == NULL || PyObject_SetAttrString((PyObject *)type, at.name, descriptor) < 0;
    Py_XDECREF(descriptor);
    return failed ? -1 : 0;
}

int
serve_recorder(PyObject *recorder, PyObject *records, PyObject *site)
{
    name_free_slots = PyUnicode_InternFromString("_free_slots");
    name_slot = PyUnicode_InternFromString("_slot");
    PyTypeObject *type = Py_TYPE(recorder);
    if (name_free_slots == NULL || name_slot == NULL
        || find_slots((PyObject *)type, recorder_at_names, (Py_ssize_t *)&recorder_at) < 0
        || find_slots(records, records_at_names, (Py_ssize_t *)&records_at) < 0
        || find_slots(site, site_at_names, (Py_ssize_t *)&site_at) < 0
        || stand_in_front(type, &in_front[0], &python_spawned) < 0
        || stand_in_front(type, &in_front[1], &python_returned) < 0
        || stand_in_front(type, &in_front[2], &python_ended) < 0
        || stand_in_front((PyTypeObject *)records, &in_front_of_records, &python_update) < 0) {
        return -1;
    }
    the_recorder = Py_NewRef(recorder);
    return keep_position(type);
}
