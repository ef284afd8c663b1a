/* The file of the recording may be cut short by somebody while it is mapped. A write behind its end is a SIGBUS then, which
   would end the program: the handler here puts memory of the process in the place of what is gone, and the write succeeds.

   Any other SIGBUS is for the handler that was there before, or the default: ours takes itself out for it. So it does
   no harm where it stands, but it has to stand on top of the others: see `on_top`. */

#include "fast_inside.h"
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Mapped { /* never freed, as a handler may be looking; one with no length is used again */
    char *start;
    volatile size_t length;
    struct Mapped *next;
} Mapped;

static Mapped *volatile mapped;
static volatile sig_atomic_t is_cut;
static struct sigaction former, base; /* what is beneath ours, and what was beneath it at first */
static uintptr_t page;

static void handle(int number, siginfo_t *info, void *context);

static int
is_ours(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO && action->sa_sigaction == handle;
}

/* Replace what is mapped from the page of `address` on; whether it is one of the recording's. */
static int
fill(char *address)
{
    for (Mapped *each = mapped; each != NULL; each = each->next) {
        if (address >= each->start && address < each->start + each->length) {
            char *from = (char *)((uintptr_t)address & ~(page - 1));
            size_t size = (size_t)(each->start + each->length - from);
            int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
            return mmap(from, size, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
        }
    }
    return 0;
}

static void
handle(int number, siginfo_t *info, void *Py_UNUSED(context))
{
    int error = errno, is_fault = info->si_code > 0;
    if (is_fault && fill(info->si_addr)) {
        is_cut = 1;
    } else {
        struct sigaction next = former;
        former = base; /* faulthandler's restores ours, and sends the signal again */
        sigaction(number, &next, NULL);
        if (!is_fault) { /* else the instruction is executed again */
            raise(number);
        }
    }
    errno = error;
}

/* Have our handler on top of the one there is. With `ends`, no other is beneath that one any more. -1 with errno. */
static int
stand_on_top(int ends)
{
    struct sigaction present, ours = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    if (sigaction(SIGBUS, NULL, &present) < 0) {
        return -1;
    }
    if (!is_ours(&present)) {
        former = present;
        base = ends ? present : base;
        return sigaction(SIGBUS, &ours, NULL);
    }
    former = ends ? base : former;
    return 0;
}

PyObject *
on_top(PyObject *Py_UNUSED(module), PyObject *ends)
{
    if (mapped != NULL && stand_on_top(ends == Py_True) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

/* Where a mapping is; -1 with an exception. */
static int
locate(PyObject *memory, char **start, size_t *length)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(memory, &buffer, PyBUF_WRITABLE) < 0) {
        return -1;
    }
    *start = buffer.buf;
    *length = (size_t)buffer.len;
    PyBuffer_Release(&buffer);
    return 0;
}

PyObject *
guard(PyObject *Py_UNUSED(module), PyObject *memory)
{
    char *start;
    size_t length;
    if (locate(memory, &start, &length) < 0) {
        return NULL;
    }
    Mapped *item = mapped;
    while (item != NULL && item->length != 0) {
        item = item->next;
    }
    if (item == NULL) {
        item = PyMem_RawCalloc(1, sizeof *item);
        if (item == NULL) {
            return PyErr_NoMemory();
        }
        if (mapped == NULL) {
            page = (uintptr_t)sysconf(_SC_PAGESIZE);
            if (stand_on_top(1) < 0) {
                PyMem_RawFree(item);
                return PyErr_SetFromErrno(PyExc_OSError);
            }
        }
        item->next = mapped;
        mapped = item;
    }
    item->start = start;
    item->length = length;
    Py_RETURN_NONE;
}

PyObject *
unguard(PyObject *Py_UNUSED(module), PyObject *memory)
{
    char *start;
    size_t length;
    if (locate(memory, &start, &length) < 0) {
        return NULL;
    }
    for (Mapped *each = mapped; each != NULL; each = each->next) {
        if (each->start == start) {
            each->length = 0;
        }
    }
    Py_RETURN_NONE;
}

PyObject *
was_cut(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    int was = is_cut;
    is_cut = 0;
    return PyBool_FromLong(was);
}
