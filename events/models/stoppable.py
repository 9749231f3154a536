from typing import Any, Self

from django.db import models


class Stoppable(models.Model):
    """Something that can be stopped from selling. The class has a field ``stop_reason``.

    A save of what was read before a stop, and changes other fields, leaves the stop alone.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        unchanged = self.__dict__.get("_stop_read") == self._stop_now()
        if unchanged and not self._state.adding and kwargs.get("update_fields") is None:
            kwargs["update_fields"] = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key
                and field.name != "stop_reason"
                and field.attname in self.__dict__
            ]
        super().save(*args, **kwargs)
        self.remember_stop()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        instance = super().from_db(*args, **kwargs)
        instance.remember_stop()
        return instance

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.remember_stop()

    def take_stop(self, reason: str) -> None:
        """Say why it is stopped at this moment; for the reader, and not to be saved."""
        self.__dict__["stop_reason"] = reason
        self.remember_stop()

    def _stop_now(self) -> str | None:
        return self.__dict__.get("stop_reason")  # None while it is deferred

    def remember_stop(self) -> None:
        """It is as in the database from here on."""
        self.__dict__["_stop_read"] = self._stop_now()
