"""Name and version of this server; the version is written here and nowhere else."""

NAME = "waylay-tasks-mcp"
VERSION = "0.1.0"
