"""The API's own spelling of arguments."""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel
from pydantic.alias_generators import to_camel


@cache
def spellings(args: type[BaseModel]) -> Mapping[str, str]:
    """Return the names of the arguments that a model holds, by the API's camelCase: every call asks for them."""
    return {to_camel(name): name for name in args.model_fields}
