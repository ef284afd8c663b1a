"""A click command whose argument may be a number with a minus, as `-2` for the run before the last."""

from __future__ import annotations

import click


class RunCommand(click.Command):
    """Takes the first argument of the form -NUMBER, unless it is an option's value, for the name of a run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = self._position(ctx, args)
        if at is not None:
            end = args.index("--") if "--" in args else len(args)
            args = [*args[:at], *args[at + 1 : end], "--", args[at], *args[end + 1 :]]
        return super().parse_args(ctx, args)

    def _position(self, ctx: click.Context, args: list[str]) -> int | None:
        valued = self._options_with_value(ctx)
        before = ""
        for at, each in enumerate(args):
            if each == "--":
                return None
            if each[:1] == "-" and each[1:].isdecimal() and before not in valued:
                return at
            before = each
        return None

    def _options_with_value(self, ctx: click.Context) -> set[str]:
        options = (each for each in self.get_params(ctx) if isinstance(each, click.Option) and not each.is_flag)
        return {name for option in options for name in option.opts}
