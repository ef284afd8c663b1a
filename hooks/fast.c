/* `time.sleep` and the methods of sockets that are called most, in C. See runtime/fast.c.

   Optional. The Python functions of the same names in `time.py` and `socket.py` say what is done; these do the same for
   plain arguments, and leave everything else to them: other flags, large buffers, kernel time-outs,
   threads of the system. As they are C functions, like those they replace, the program sees no difference at all. */

#define PY_SSIZE_T_CLEAN
#include "../runtime/fast.h"
#include <errno.h>
#include <math.h>
#include <sys/socket.h>

enum { LARGE = 1 << 18, PATIENCE = 8 }; /* bytes that are moved without giving up the GIL; as in `socket.py` */
#define LONGEST 9223372036.0            /* as in `time.py` */

static Waits *waits;

/* A call has ended by the exception that is set: count it, if it is an error of the system, and return NULL. */
static PyObject *
fail(PyObject *tally)
{
    if (PyErr_ExceptionMatches(PyExc_OSError)) {
        PyObject *kind, *value, *traceback;
        PyErr_Fetch(&kind, &value, &traceback);
        PyObject *done = PyObject_CallMethod(tally, "failed", NULL);
        Py_XDECREF(done);
        PyErr_Clear();
        PyErr_Restore(kind, value, traceback);
    }
    return NULL;
}

/* -- time ------------------------------------------------------------------------------------------------------------ */

static PyObject *sleep_tally, *python_sleep;

static PyObject *
time_sleep(PyObject *module, PyObject *argument)
{
    int done = ANYBODY_ELSE;
    if (PyFloat_CheckExact(argument) || PyLong_CheckExact(argument)) {
        double seconds = PyFloat_AsDouble(argument);
        PyErr_Clear(); /* of an integer too large for a double */
        if (seconds == 0.0) {
            done = waits->yield_now(sleep_tally);
        } else if (seconds > 0.0 && seconds < LONGEST) {
            done = waits->sleep_until(sleep_tally, waits->now() + seconds);
        }
    }
    if (done == ANYBODY_ELSE) {
        return call_python(python_sleep, module, &argument, 1, NULL);
    }
    return done < 0 ? fail(sleep_tally) : Py_NewRef(Py_None);
}

static PyMethodDef sleep_method = {"sleep", time_sleep, METH_O, NULL};

static PyObject *
make_sleep(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *original, *tally, *python;
    if (!PyArg_ParseTuple(args, "O!OO:sleep", &PyCFunction_Type, &original, &tally, &python)) {
        return NULL;
    }
    Py_XSETREF(sleep_tally, Py_NewRef(tally));
    Py_XSETREF(python_sleep, Py_NewRef(python));
    sleep_method.ml_doc = ((PyCFunctionObject *)original)->m_ml->ml_doc;
    return PyCFunction_NewEx(
        &sleep_method, ((PyCFunctionObject *)original)->m_self, ((PyCFunctionObject *)original)->m_module);
}

/* -- sockets ----------------------------------------------------------------------------------------------------------- */

typedef struct { /* the beginning of CPython's PySocketSockObject; `knows_sockets` checks it */
    PyObject_HEAD
    int fd, family, type, protocol;
    void *error_handler;
    int64_t timeout; /* nanoseconds; negative: none */
} Socket;

static PyObject *recv_tally, *send_tally, *sendall_tally;
static PyObject *kernel_times; /* a list of one bool */

enum { RECV, RECV_INTO, SEND, SENDALL, SEND_REST, RECV_CLOSED, RECV_INTO_CLOSED, FUNCTIONS };

typedef struct Kind { /* what stands behind the sockets of one copy of `_socket` */
    PyTypeObject *native;
    PyObject *python[FUNCTIONS], *original[FUNCTIONS];
    struct Kind *next;
} Kind;

static Kind *kinds;

static Kind *
kind_of(PyTypeObject *type)
{
    Kind *kind = kinds;
    while (kind != NULL && !PyType_IsSubtype(type, kind->native)) {
        kind = kind->next;
    }
    return kind;
}

static PyObject *
leave_all(int which, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    return call_python(kind_of(Py_TYPE(self))->python[which], self, args, nargs, names);
}

/* Leave a call with one argument, and perhaps flags, to the Python code; any other to the original, which refuses it. */
static PyObject *
leave(int which, PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs == 1 || nargs == 2) {
        return leave_all(which, self, args, nargs, NULL);
    }
    return call_python(kind_of(Py_TYPE(self))->original[which], self, args, nargs, NULL);
}

/* Whether the socket waits by its own time-out or without one, which is all that is handled here. */
static int
is_common(Socket *socket)
{
    return socket->timeout != 0 && PyList_GET_SIZE(kernel_times) && PyList_GET_ITEM(kernel_times, 0) == Py_False;
}

/* The deadline of a call that begins now. */
static double
deadline_of(Socket *socket)
{
    return socket->timeout < 0 ? INFINITY : waits->now() + (double)socket->timeout / 1e9;
}

/* Wait until the socket may be read: 1, -1 with an exception, ANYBODY_ELSE. */
static int
wait_for_data(Socket *socket, double deadline)
{
    int ready = waits->wait_readable(recv_tally, socket->fd, deadline);
    if (ready == 0) {
        PyErr_SetString(PyExc_TimeoutError, "timed out");
        return -1;
    }
    return ready;
}

typedef struct { /* where data goes: new bytes, or a buffer of the program's */
    Py_ssize_t size;
    PyObject *owner; /* of the buffer; NULL for new bytes */
    PyObject *bytes; /* what was received */
} Target;

/* Try to receive: the number of bytes, or -1 with errno, or -2 with an exception. */
static Py_ssize_t
receive(Socket *socket, Target *target)
{
    if (target->owner == NULL) {
        target->bytes = PyBytes_FromStringAndSize(NULL, target->size);
        if (target->bytes == NULL) {
            return -2;
        }
        Py_ssize_t size = recv(socket->fd, PyBytes_AS_STRING(target->bytes), (size_t)target->size, MSG_DONTWAIT);
        if (size < 0) {
            Py_CLEAR(target->bytes);
        } else if (size < target->size && _PyBytes_Resize(&target->bytes, size) < 0) {
            return -2;
        }
        return size;
    }
    Py_buffer buffer;
    if (PyObject_GetBuffer(target->owner, &buffer, PyBUF_WRITABLE) < 0) {
        return -2;
    }
    target->size = buffer.len;
    Py_ssize_t size = recv(socket->fd, buffer.buf, (size_t)buffer.len, MSG_DONTWAIT);
    int error = errno;
    PyBuffer_Release(&buffer);
    errno = error;
    return size;
}

/* Receive, waiting if need be: the number of bytes, -1 with an exception, -ANYBODY_ELSE. See `recv` in socket.py. */
static Py_ssize_t
receive_waiting(Socket *socket, Target *target)
{
    PyObject *waiters = waits->waiters(socket->fd);
    int waits_first = waiters != NULL && waits->patience(waiters) > 0;
    double deadline = 0;
    Py_ssize_t size;
    for (int round = 0;; round++) {
        if (round || waits_first) {
            if (deadline == 0) {
                deadline = deadline_of(socket);
            }
            int ready = wait_for_data(socket, deadline);
            if (ready != 1) {
                size = ready < 0 ? -1 : -ANYBODY_ELSE;
                break;
            }
            if (waiters == NULL) {
                waiters = waits->waiters(socket->fd);
            }
        }
        if (round == 0 && !waits_first && waits->checkpoint() < 0) {
            size = -1;
            break;
        }
        size = receive(socket, target);
        if (size >= 0) {
            if (waiters != NULL) {
                long patience = waits->patience(waiters);
                if (size < target->size) {
                    if (patience < 1) {
                        waits->set_patience(waiters, 1);
                    }
                } else if (round || waits_first) {
                    waits->set_patience(waiters, patience - 1);
                }
            }
            break;
        }
        if (size == -2) {
            size = -1;
            break;
        }
        if (errno == EINTR) {
            size = -ANYBODY_ELSE;
            break;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            PyErr_SetFromErrno(PyExc_OSError);
            size = -1;
            break;
        }
        if (round == 0 && !waits_first && waiters != NULL) {
            waits->set_patience(waiters, PATIENCE);
        }
    }
    Py_XDECREF(waiters);
    return size;
}

/* Whether the error that is set is EBADF, as for what was closed while we waited: then it is cleared. */
static int
is_closed(void)
{
    if (!PyErr_ExceptionMatches(PyExc_OSError)) {
        return 0;
    }
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    PyErr_NormalizeException(&kind, &value, &traceback);
    PyObject *number = PyObject_GetAttrString(value, "errno");
    int is = number != NULL && PyLong_Check(number) && PyLong_AsLong(number) == EBADF;
    Py_XDECREF(number);
    PyErr_Clear();
    if (!is) {
        PyErr_Restore(kind, value, traceback);
        return 0;
    }
    Py_DECREF(kind);
    Py_DECREF(value);
    Py_XDECREF(traceback);
    return 1;
}

static PyObject *
sock_recv(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Socket *socket = (Socket *)self;
    if (nargs == 1 && PyLong_CheckExact(args[0]) && is_common(socket)) {
        Target target = {PyLong_AsSsize_t(args[0]), NULL, NULL};
        if (target.size > 0 && target.size <= LARGE) {
            Py_ssize_t size = receive_waiting(socket, &target);
            if (size == -1) {
                return is_closed() ? leave_all(RECV_CLOSED, self, args, 1, NULL) : fail(recv_tally);
            }
            if (size >= 0) {
                waits->count(recv_tally, size);
                return target.bytes;
            }
        }
        PyErr_Clear();
    }
    return leave(RECV, self, args, nargs);
}

static PyObject *
sock_recv_into(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    Socket *socket = (Socket *)self;
    if (nargs == 1 && names == NULL && is_common(socket)) {
        Target target = {0, args[0], NULL};
        Py_buffer buffer;
        if (PyObject_GetBuffer(args[0], &buffer, PyBUF_WRITABLE) == 0) {
            target.size = buffer.len;
            PyBuffer_Release(&buffer);
        }
        if (target.size > 0 && target.size <= LARGE) {
            Py_ssize_t size = receive_waiting(socket, &target);
            if (size == -1) {
                return is_closed() ? leave_all(RECV_INTO_CLOSED, self, args, 1, NULL) : fail(recv_tally);
            }
            if (size >= 0) {
                waits->count(recv_tally, size);
                return PyLong_FromSsize_t(size);
            }
        }
        PyErr_Clear();
    }
    return leave_all(RECV_INTO, self, args, nargs, names);
}

/* Try to send all of `data`: how much of it went; -1 with errno; -2: it is left to the Python code; -3 with an
   exception. */
static Py_ssize_t
send_now(Socket *socket, PyObject *data, Py_ssize_t *whole)
{
    Py_buffer buffer;
    if (!is_common(socket)) {
        return -2;
    }
    if (waits->checkpoint() < 0) {
        return -3;
    }
    if (PyObject_GetBuffer(data, &buffer, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        return -2;
    }
    *whole = buffer.len;
    Py_ssize_t sent = -2;
    int error = 0;
    if (buffer.len <= LARGE) {
        sent = send(socket->fd, buffer.buf, (size_t)buffer.len, MSG_DONTWAIT);
        error = errno;
    }
    PyBuffer_Release(&buffer);
    errno = error;
    return sent;
}

static int
has_failed(Py_ssize_t sent)
{
    return sent == -1 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
}

static PyObject *
sock_send(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t whole, sent = nargs == 1 ? send_now((Socket *)self, args[0], &whole) : -2;
    if (sent >= 0) {
        waits->count(send_tally, sent);
        return PyLong_FromSsize_t(sent);
    }
    if (sent == -3) {
        return NULL;
    }
    if (has_failed(sent)) {
        PyErr_SetFromErrno(PyExc_OSError);
        return fail(send_tally);
    }
    return leave(SEND, self, args, nargs);
}

static PyObject *
sock_sendall(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t whole, sent = nargs == 1 ? send_now((Socket *)self, args[0], &whole) : -2;
    if (sent >= 0 && sent == whole) {
        waits->count(sendall_tally, sent);
        Py_RETURN_NONE;
    }
    if (sent == -3) {
        return NULL;
    }
    if (has_failed(sent)) {
        PyErr_SetFromErrno(PyExc_OSError);
        return fail(sendall_tally);
    }
    if (sent <= 0) {
        return leave(SENDALL, self, args, nargs);
    }
    PyObject *size = PyLong_FromSsize_t(sent);
    if (size == NULL) {
        return NULL;
    }
    PyObject *rest[] = {args[0], size};
    PyObject *result = leave_all(SEND_REST, self, rest, 2, NULL);
    Py_DECREF(size);
    return result;
}

static PyMethodDef socket_methods[] = {
    {"recv", (PyCFunction)(void (*)(void))sock_recv, METH_FASTCALL, NULL},
    {"recv_into", (PyCFunction)(void (*)(void))sock_recv_into, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"send", (PyCFunction)(void (*)(void))sock_send, METH_FASTCALL, NULL},
    {"sendall", (PyCFunction)(void (*)(void))sock_sendall, METH_FASTCALL, NULL},
    {NULL},
};

/* Whether the fields of a socket object are where `Socket` has them. `sample` has a time-out of 1.5 s. */
static int
knows_sockets(PyObject *type, PyObject *sample, int fd, int family)
{
    Socket *socket = (Socket *)sample;
    return PyType_Check(type) && ((PyTypeObject *)type)->tp_basicsize >= (Py_ssize_t)sizeof(Socket)
           && PyType_IsSubtype((PyTypeObject *)type, Py_TYPE(sample)) && socket->fd == fd && socket->family == family
           && socket->timeout == 1500000000;
}

/* The kind of a type of sockets; NULL with an exception. It is never forgotten, as its type may have objects any time. */
static Kind *
make_kind(PyTypeObject *native, PyObject *functions)
{
    Kind *kind = kind_of(native);
    if (kind != NULL) {
        return kind;
    }
    kind = PyMem_Calloc(1, sizeof(Kind));
    if (kind == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (int each = 0; each < FUNCTIONS; each++) {
        kind->python[each] = Py_NewRef(PyTuple_GET_ITEM(functions, each));
    }
    kind->original[RECV] = PyObject_GetAttrString((PyObject *)native, "recv");
    kind->original[SEND] = PyObject_GetAttrString((PyObject *)native, "send");
    kind->original[SENDALL] = PyObject_GetAttrString((PyObject *)native, "sendall");
    if (PyErr_Occurred()) {
        return NULL;
    }
    kind->native = (PyTypeObject *)Py_NewRef(native);
    kind->next = kinds;
    kinds = kind;
    return kind;
}

static PyObject *
make_socket_methods(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *type, *sample, *tallies, *functions, *times;
    int fd, family;
    if (!PyArg_ParseTuple(args, "OOiiO!O!O!:socket_methods", &type, &sample, &fd, &family, &PyTuple_Type, &tallies,
                          &PyTuple_Type, &functions, &PyList_Type, &times)
        || !PyArg_ParseTuple(tallies, "OOO", &recv_tally, &send_tally, &sendall_tally)) {
        return NULL;
    }
    if (PyTuple_GET_SIZE(functions) != FUNCTIONS) {
        PyErr_SetString(PyExc_TypeError, "not the functions that are left to");
        return NULL;
    }
    PyObject *result = PyDict_New();
    if (result == NULL || !knows_sockets(type, sample, fd, family)) {
        return result; /* an unknown kind of socket objects: there is nothing that could be done for it */
    }
    if (make_kind(Py_TYPE(sample), functions) == NULL) {
        Py_DECREF(result);
        return NULL;
    }
    Py_INCREF(tallies); /* for good, as what was borrowed from them is */
    Py_XSETREF(kernel_times, Py_NewRef(times));
    for (PyMethodDef *method = socket_methods; method->ml_name != NULL; method++) {
        PyObject *original = PyObject_GetAttrString((PyObject *)Py_TYPE(sample), method->ml_name);
        if (original != NULL && Py_IS_TYPE(original, &PyMethodDescr_Type)) {
            method->ml_doc = ((PyMethodDescrObject *)original)->d_method->ml_doc;
        }
        Py_XDECREF(original);
        PyObject *descriptor = original == NULL ? NULL : PyDescr_NewMethod((PyTypeObject *)type, method);
        int failed = descriptor == NULL || PyDict_SetItemString(result, method->ml_name, descriptor) < 0;
        Py_XDECREF(descriptor);
        if (failed) {
            Py_DECREF(result);
            return NULL;
        }
    }
    return result;
}

/* -- the module ----------------------------------------------------------------------------------------------------- */

PyObject *serve_files(PyObject *module, PyObject *args); /* `fast_files.c` */
PyObject *may_wait(PyObject *module, PyObject *file);
PyObject *is_inside(PyObject *module, PyObject *ignored);
PyObject *take_turns(PyObject *module, PyObject *args);

static PyMethodDef functions[] = {
    {"is_inside", is_inside, METH_NOARGS, "Whether the calling coroutine is inside a buffered file that may wait."},
    {"may_wait", may_wait, METH_O, "This buffered file, of a C type, may wait."},
    {"serve_files", serve_files, METH_VARARGS, "What `take_turns` needs."},
    {"sleep", make_sleep, METH_VARARGS, "What stands in for the `time.sleep` given: it counts in a tally."},
    {"socket_methods", make_socket_methods, METH_VARARGS, "Methods for a type of sockets, by name; none if it is unknown."},
    {"take_turns", take_turns, METH_VARARGS, "Have coroutines take turns at these methods of a type of buffered files."},
    {NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "ocoro.hooks.fast",
    .m_doc = "The hooks that are called most, in C.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit_fast(void)
{
    waits = PyCapsule_Import(OCORO_FAST_CAPSULE, 0);
    return waits == NULL ? NULL : PyModule_Create(&definition);
}
