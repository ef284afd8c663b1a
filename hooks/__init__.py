"""System-call hooks: one file per patched module, named after it; `table` lists them, `boot` installs them."""
