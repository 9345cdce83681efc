"""Schema migrations, run by :func:`bot.store.database.upgrade`."""
