"""The base of all models: built when first used, because most are not needed to start."""

from pydantic import BaseModel, ConfigDict


class Lazy(BaseModel):
    """A model whose validator is compiled by its first use; a class that is only a base never pays for one."""

    model_config = ConfigDict(defer_build=True)
