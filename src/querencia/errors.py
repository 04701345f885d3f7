"""What can go wrong, in one tree.

::

    QuerenciaError
    ├── InputError (ValueError)        the user's input is wrong; the command line exits with 2
    │   ├── SettingsError              a key or value of querencia.toml, or of the environment
    │   ├── SourceError                a file that is read
    │   │   ├── SourceMissingError     no file there (also FileNotFoundError)
    │   │   ├── SourceEmptyError       no rows in it
    │   │   ├── ColumnMissingError     a column that the project file names is not in it (also KeyError)
    │   │   ├── DuplicateCustomersError  one customer id on several rows
    │   │   └── TooManyRejectedError   more unreadable rows than `max_rejected` allows
    │   └── OutcomeError               nothing to learn churn from: one class only, or too few churners
    └── WorkError (RuntimeError)       the input is sound, yet the work failed; the command line exits with 1
        ├── DownloadError              a public data set could not be fetched
        └── StoreError                 the store's database is gone, full, locked, or of a newer querencia

A message gives the value with ``!r``, where it stands (file, line, column or key), what was expected, and what to do
next. Messages never hold a secret or a customer's personal data.
"""

from __future__ import annotations


class QuerenciaError(Exception):
    """Any failure that querencia foresees."""

    def __str__(self) -> str:
        """Return the message as it was written, also where a builtin parent would quote it (``KeyError``)."""
        return str(self.args[0]) if self.args else ""


class InputError(QuerenciaError, ValueError):
    """The user's input is wrong: say what, where, what was expected, and what to do next."""


class SettingsError(InputError):
    """A key or value of the project file, or of the environment, is wrong."""


class SourceError(InputError):
    """A file that the project names cannot be used as it is."""


class SourceMissingError(SourceError, FileNotFoundError):
    """No file at the path, or none that matches the glob."""


class SourceEmptyError(SourceError):
    """The file holds no row: it is empty, or a header alone."""


class ColumnMissingError(SourceError, KeyError):
    """The project file names a column that the source does not have."""


class DuplicateCustomersError(SourceError):
    """The customer table holds one customer id on several rows."""


class TooManyRejectedError(SourceError):
    """More rows of one file were unreadable than `max_rejected` allows."""


class OutcomeError(InputError):
    """The outcome cannot be learned from: one class only, or fewer churners than a model needs."""


class WorkError(QuerenciaError, RuntimeError):
    """The input is sound, yet the work failed."""


class DownloadError(WorkError):
    """A public data set could not be fetched, or did not arrive whole."""


class StoreError(WorkError):
    """The store's database cannot be opened, read or written."""
