from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QueryControl(_message.Message):
    __slots__ = ("query_id", "run_id", "pause", "resume", "step", "tune", "look", "rewind", "plan", "restart", "fork")
    class Pause(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Resume(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Step(_message.Message):
        __slots__ = ("batches",)
        BATCHES_FIELD_NUMBER: _ClassVar[int]
        batches: int
        def __init__(self, batches: _Optional[int] = ...) -> None: ...
    class Tune(_message.Message):
        __slots__ = ("settings",)
        class SettingsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: str
            def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
        SETTINGS_FIELD_NUMBER: _ClassVar[int]
        settings: _containers.ScalarMap[str, str]
        def __init__(self, settings: _Optional[_Mapping[str, str]] = ...) -> None: ...
    class Look(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Rewind(_message.Message):
        __slots__ = ("batch_id",)
        BATCH_ID_FIELD_NUMBER: _ClassVar[int]
        batch_id: int
        def __init__(self, batch_id: _Optional[int] = ...) -> None: ...
    class Plan(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class Restart(_message.Message):
        __slots__ = ("settings",)
        class SettingsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: str
            def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
        SETTINGS_FIELD_NUMBER: _ClassVar[int]
        settings: _containers.ScalarMap[str, str]
        def __init__(self, settings: _Optional[_Mapping[str, str]] = ...) -> None: ...
    class Fork(_message.Message):
        __slots__ = ("name", "settings")
        class SettingsEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: str
            def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
        NAME_FIELD_NUMBER: _ClassVar[int]
        SETTINGS_FIELD_NUMBER: _ClassVar[int]
        name: str
        settings: _containers.ScalarMap[str, str]
        def __init__(self, name: _Optional[str] = ..., settings: _Optional[_Mapping[str, str]] = ...) -> None: ...
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    TUNE_FIELD_NUMBER: _ClassVar[int]
    LOOK_FIELD_NUMBER: _ClassVar[int]
    REWIND_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    RESTART_FIELD_NUMBER: _ClassVar[int]
    FORK_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    run_id: str
    pause: QueryControl.Pause
    resume: QueryControl.Resume
    step: QueryControl.Step
    tune: QueryControl.Tune
    look: QueryControl.Look
    rewind: QueryControl.Rewind
    plan: QueryControl.Plan
    restart: QueryControl.Restart
    fork: QueryControl.Fork
    def __init__(self, query_id: _Optional[str] = ..., run_id: _Optional[str] = ..., pause: _Optional[_Union[QueryControl.Pause, _Mapping]] = ..., resume: _Optional[_Union[QueryControl.Resume, _Mapping]] = ..., step: _Optional[_Union[QueryControl.Step, _Mapping]] = ..., tune: _Optional[_Union[QueryControl.Tune, _Mapping]] = ..., look: _Optional[_Union[QueryControl.Look, _Mapping]] = ..., rewind: _Optional[_Union[QueryControl.Rewind, _Mapping]] = ..., plan: _Optional[_Union[QueryControl.Plan, _Mapping]] = ..., restart: _Optional[_Union[QueryControl.Restart, _Mapping]] = ..., fork: _Optional[_Union[QueryControl.Fork, _Mapping]] = ...) -> None: ...

class QueryPeek(_message.Message):
    __slots__ = ("query_id", "run_id", "node", "rows")
    QUERY_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    query_id: str
    run_id: str
    node: str
    rows: int
    def __init__(self, query_id: _Optional[str] = ..., run_id: _Optional[str] = ..., node: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...
