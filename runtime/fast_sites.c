/* Where a call was made: `Tally.site`, for places that were seen before. And the frame of a thread, for the monitor.

   The interpreter's own frames are read, which costs next to nothing; a frame object for each of a dozen would be the
   greater part of what recording a wait costs. */

#define Py_BUILD_CORE
#include "fast_inside.h"
#include <internal/pycore_frame.h>
#include <stdint.h>

DEFINE_KIND(tally_at, TALLY_SLOTS)

enum { DEEPEST = 40 }; /* frames, as in `tally` */

static PyObject *name_here, *name_site;
static PyObject *python_count; /* the function behind ours */

/* -- frames ----------------------------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030E0000
#error "the frames of this version are not known"
#elif PY_VERSION_HEX >= 0x030D0000
#define INNERMOST(state) ((state)->current_frame)
#define CODE(frame) ((Py_ssize_t)(frame)->f_executable)
#else
#define INNERMOST(state) ((state)->cframe->current_frame)
#define CODE(frame) ((Py_ssize_t)(frame)->f_code)
#endif

typedef struct _PyInterpreterFrame Frame;

/* The first one that is shown, from `frame` outwards; or NULL. */
static inline Frame *
shown(Frame *frame)
{
    while (frame != NULL && _PyFrame_IsIncomplete(frame)) {
        frame = frame->previous;
    }
    return frame;
}

/* `id(frame.f_code) + frame.f_lasti` */
static inline Py_ssize_t
instruction_of(Frame *frame)
{
    return CODE(frame) + _PyInterpreterFrame_LASTI(frame) * (Py_ssize_t)sizeof(_Py_CODEUNIT);
}

PyObject *
frame_of(PyObject *Py_UNUSED(module), PyObject *ident)
{
    unsigned long wanted = PyLong_AsUnsignedLong(ident);
    if (wanted == (unsigned long)-1 && PyErr_Occurred()) {
        return NULL;
    }
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Main()); /* see `standing.home_frame` */
    while (state != NULL && state->thread_id != wanted) {
        state = PyThreadState_Next(state);
    }
    PyObject *frame = state == NULL ? NULL : (PyObject *)PyThreadState_GetFrame(state);
    return frame == NULL ? Py_NewRef(Py_None) : frame;
}

/* -- sites ------------------------------------------------------------------------------------------------------------ */

typedef struct { /* an item of `Tally.sites`, all borrowed */
    PyObject *tally;
    Py_ssize_t instruction;
    PyObject *site;
} Known;

enum { KNOWN_BITS = 10 };

static Known known[1 << KNOWN_BITS]; /* the latest, each in the one place that its hash says */
static PyObject *known_in; /* the `Places` they belong to: as long as there are no others, sites only come, never go */

static inline Known *
find_known(PyObject *tally, Py_ssize_t instruction)
{
    uint64_t hash = ((uint64_t)tally >> 4 ^ (uint64_t)instruction) * UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci hashing */
    return &known[hash >> (64 - KNOWN_BITS)];
}

/* Borrowed; NULL, perhaps with an exception, where there is none. */
static PyObject *
look_up(PyObject *tally, Py_ssize_t instruction)
{
    Known *item = find_known(tally, instruction);
    if (item->tally == tally && item->instruction == instruction) {
        return item->site;
    }
    PyObject *key = PyLong_FromSsize_t(instruction);
    PyObject *site = key == NULL ? NULL : PyDict_GetItemWithError(GET(tally, tally, sites), key);
    Py_XDECREF(key);
    if (site != NULL) {
        *item = (Known){tally, instruction, site};
    }
    return site;
}

/* The site of the innermost frame of the program; borrowed. NULL, perhaps with an exception, if it is not known. */
static PyObject *
find_known_site(PyObject *tally)
{
    Frame *frame = shown(INNERMOST(PyThreadState_Get())), *in_library = NULL;
    for (int depth = 0; depth < DEEPEST && frame != NULL; depth++) {
        PyObject *site = look_up(tally, instruction_of(frame));
        if (site == Py_None && in_library == NULL) {
            in_library = frame;
        } else if (site != Py_None && site != Py_False) {
            return site;
        }
        frame = shown(frame->previous);
    }
    return in_library == NULL ? NULL : look_up(tally, -instruction_of(in_library)); /* see `Tally._site_in_library` */
}

/* The site of the call that the program makes just now, if it is known: a new reference. */
static PyObject *
find_known_here(PyObject *tally)
{
    PyObject *places = GET(the_recorder, recorder, places);
    if (places == Py_None) {
        return Py_NewRef(GET(tally, tally, elsewhere));
    }
    if (places != known_in) {
        memset(known, 0, sizeof known);
        Py_XSETREF(known_in, Py_NewRef(places));
    }
    return Py_XNewRef(find_known_site(tally));
}

PyObject *
find_site(PyObject *tally)
{
    PyObject *site = find_known_here(tally);
    if (site != NULL || PyErr_Occurred()) {
        return site;
    }
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    site = PyObject_CallMethodObjArgs(tally, name_site, frame == NULL ? Py_None : (PyObject *)frame, NULL);
    Py_XDECREF(frame);
    return site;
}

/* -- counting ----------------------------------------------------------------------------------------------------------- */

void
count(PyObject *tally, Py_ssize_t size)
{
    PyObject *site = is_home() ? find_known_here(tally) : NULL;
    if (site == NULL) {
        PyErr_Clear();
        site = PyObject_CallMethodNoArgs(tally, name_here);
    }
    if (site == NULL) { /* no room on the stack: the call was made all the same */
        PyErr_Clear();
        site = Py_NewRef(GET(tally, tally, elsewhere));
    }
    add_call(site, size);
    Py_DECREF(site);
}

static PyObject *
method_count(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs > 1 || the_recorder == NULL || GET(self, tally, recorder) != the_recorder) {
        return call_python(python_count, self, args, nargs, NULL);
    }
    count(self, nargs == 0 ? 0 : as_int(args[0]));
    Py_RETURN_NONE;
}

static PyMethodDef in_front = {"count", (PyCFunction)(void (*)(void))method_count, METH_FASTCALL, NULL};

int
serve_tallies(PyObject *tally)
{
    name_here = PyUnicode_InternFromString("here");
    name_site = PyUnicode_InternFromString("site");
    if (name_here == NULL || name_site == NULL || find_slots(tally, tally_at_names, (Py_ssize_t *)&tally_at) < 0) {
        return -1;
    }
    return stand_in_front((PyTypeObject *)tally, &in_front, &python_count);
}
