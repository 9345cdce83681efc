"""Every error the project raises.

RepereError
├── SettingsError          a setting is missing, malformed or unsafe
├── ContentError           a data file (texts, article, helplines) is wrong; names file and line
│   └── TrainingDataError  a training message or story is wrong; names file and line
├── ModelError             no trained model, or training failed
├── StoreError
│   ├── StoreUnavailable   the database cannot be reached, or stays locked
│   └── NotFound           no such conversation, alert, comment …
├── HandoffError           a transition the conversation's state does not allow
├── ChannelError
│   ├── NotAuthorised      missing, forged, expired or foreign token
│   └── MessageRefused     too long, too many, or malformed
└── ProcessError           a server could not be started, or died
"""

from __future__ import annotations


class RepereError(Exception):
    """Base of all errors of the project. Its text is a whole sentence an operator can act on."""


class SettingsError(RepereError):
    """A setting is missing, malformed or unsafe."""


class ContentError(RepereError):
    """A data file holds something wrong; the message names the file and, where known, the line."""


class TrainingDataError(ContentError):
    """A training message or story is wrong; the message names the file and the line."""


class ModelError(RepereError):
    """There is no trained model, it cannot be loaded, or training failed."""


class StoreError(RepereError):
    """The store refused an operation."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, or stays locked beyond the busy timeout."""


class NotFound(StoreError):
    """There is no such row."""


class HandoffError(RepereError):
    """The state of the conversation does not allow this transition."""


class ChannelError(RepereError):
    """A channel refused a message or a connection."""


class NotAuthorised(ChannelError):
    """A token is missing, forged, expired, or belongs to another conversation."""


class MessageRefused(ChannelError):
    """A message is too long, comes too fast, or is malformed."""


class ProcessError(RepereError):
    """A server process could not be started, or died."""
