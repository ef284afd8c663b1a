"""What is in `inside` is run by the interpreters under test; CPython's own tests there are no tests of ours."""

collect_ignore = ["inside"]
