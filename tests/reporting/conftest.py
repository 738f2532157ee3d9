from tests.room import postgres_room, room, room_url, sqlite_room

__all__ = ["postgres_room", "room", "room_url", "sqlite_room"]
