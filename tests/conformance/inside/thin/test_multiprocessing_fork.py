"""multiprocessing's tests with the start method fork, where the interpreter comes with the shared code only."""

from test._test_multiprocessing import install_tests_in_module_dict

install_tests_in_module_dict(globals(), "fork")
