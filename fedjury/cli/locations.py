"""Options that name where something is, once or several times."""

import re

import click

# In the environment several stand in one variable, and a directory's name may have spaces in it.
_BETWEEN = re.compile(r"\s+(?=https?://|dir:|/(?:ip4|ip6|dns|dns4|dns6|dnsaddr)/)", re.IGNORECASE)


class Location(click.ParamType):
    """A URL, a multiaddr or a directory.

    In an environment variable several are separated by white space before a scheme.
    """

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        """The locations in an environment variable."""
        return [each for each in _BETWEEN.split(rv.strip()) if each]
