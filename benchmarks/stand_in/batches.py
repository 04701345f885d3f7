"""Files and batches of the stand-in: a batch is worked through by the same rules as single calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs

from stand_in.faults import Fault

PATH = re.compile(r"(/openai/v1|/v1|/openai)/(?P<what>files|batches)(/(?P<id>[^/]+))?(/(?P<do>content|cancel))?")
Complete = Callable[[Mapping[str, Any], Fault | None], dict[str, Any]]


@dataclass
class BatchPlan:
    """How batches go.

    Each is done after `looks` looks at it, and ends as `end`: completed, failed (with `errors`), expired or cancelled;
    only the first `asked` calls were made by then. `faults` meet calls by id; `lost` ids have no line in any file,
    `junk` are lines of the output file that are no answers. `forgetful`: metadata are not kept.
    """

    looks: int = 1
    end: str = "completed"
    errors: list[dict[str, Any]] = field(default_factory=list)
    asked: int | None = None
    faults: Mapping[str, Fault] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    file_looks: int = 0
    junk: str = ""
    forgetful: bool = False


class Batches:
    """Files by id, and batches by id, as the API shows them."""

    def __init__(self, complete: Complete, plan: BatchPlan | None = None) -> None:
        self.plan = plan or BatchPlan()
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self._complete = complete
        self._looks: dict[str, int] = {}

    def answer(self, method: str, path: re.Match[str], query: str, kind: str, data: bytes) -> tuple[int, Any]:
        """Return status and body of the answer to one request; `kind` is the content type of its body `data`."""
        key = path["id"]
        if path["what"] == "files":
            return self._file(method, key, kind, data, content=path["do"] == "content")
        if method == "POST" and key is None:
            return 200, self._create(json.loads(data))
        if key is None:
            return 200, self._list(parse_qs(query))
        if key not in self.batches:
            return 404, {"error": {"code": "batch_not_found", "message": "No such batch."}}
        if path["do"] == "cancel":
            self.batches[key]["status"] = "cancelling"
            self.plan.end = "cancelled"
            return 200, self.batches[key]
        return 200, self._look(key)

    def _file(self, method: str, key: str | None, kind: str, data: bytes, *, content: bool) -> tuple[int, Any]:
        if method == "POST":
            sent = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + data)
            for part in sent.walk():
                if name := part.get_filename():
                    payload = part.get_payload(decode=True)
                    assert isinstance(payload, bytes)
                    return 200, self._keep(name, payload, status="pending" if self.plan.file_looks else "processed")
            return 400, {"error": {"code": "no_file", "message": "No file."}}
        if key is None:
            return 200, {"object": "list", "data": list(self.files.values()), "has_more": False}
        if key not in self.files:
            return 404, {"error": {"code": "file_not_found", "message": "No such file."}}
        if content:
            return 200, self.contents[key]
        self._looks[key] = self._looks.get(key, 0) + 1
        if self._looks[key] >= self.plan.file_looks:
            self.files[key]["status"] = "processed"
        return 200, self.files[key]

    def _keep(self, name: str, content: bytes, *, status: str = "processed") -> dict[str, Any]:
        key = f"file-{len(self.files)}"
        self.contents[key] = content
        self.files[key] = {
            "id": key,
            "object": "file",
            "bytes": len(content),
            "created_at": 1_764_000_000,
            "filename": name,
            "purpose": "batch",
            "status": status,
        }
        return self.files[key]

    def _create(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        key = f"batch_{len(self.batches)}"
        self.batches[key] = {
            "id": key,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"],
            "metadata": None if self.plan.forgetful else asked.get("metadata"),
            "status": "validating",
            "created_at": 1_764_000_000 + len(self.batches),
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
        }
        return self.batches[key]

    def _list(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        newest = list(reversed(self.batches.values()))
        after = query.get("after", [""])[0]
        start = 1 + next((at for at, batch in enumerate(newest) if batch["id"] == after), -1)
        page = newest[start : start + 2]  # short pages: more than one has to be read
        return {"object": "list", "data": page, "has_more": start + 2 < len(newest)}

    def _look(self, key: str) -> dict[str, Any]:
        batch = self.batches[key]
        self._looks[key] = self._looks.get(key, 0) + 1
        if batch["status"] in {"validating", "in_progress", "cancelling"}:
            batch["status"] = "in_progress"
            if self._looks[key] >= self.plan.looks:
                self._finish(batch)
        return batch

    def _finish(self, batch: dict[str, Any]) -> None:
        plan = self.plan
        batch["status"] = plan.end
        if plan.end == "failed":
            batch["errors"] = {"object": "list", "data": plan.errors}
            return
        calls = [json.loads(line) for line in self.contents[batch["input_file_id"]].splitlines()]
        most = len(calls) if plan.asked is None else plan.asked
        good, bad = [], []
        for number, call in enumerate(calls):
            name = call["custom_id"]
            if name in plan.lost:
                continue
            if number >= most:
                error = {"code": f"batch_{plan.end}", "message": "This request was not executed."}
                bad.append({"custom_id": name, "response": None, "error": error})
                continue
            line = self._line(call, plan.faults.get(name))
            (good if line["response"]["status_code"] < 300 else bad).append(line)
        batch["request_counts"] = {"total": len(calls), "completed": len(good), "failed": len(bad)}
        for lines, name in ((good, "output"), (bad, "error")):
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            if text or (name == "output" and plan.junk):
                batch[f"{name}_file_id"] = self._keep(f"{name}.jsonl", (text + plan.junk).encode())["id"]

    def _line(self, call: Mapping[str, Any], fault: Fault | None) -> dict[str, Any]:
        body = fault.body if fault and fault.body is not None else self._complete(call["body"], fault)
        response = {"status_code": fault.status if fault else 200, "request_id": "", "body": body}
        return {"id": "batch_req", "custom_id": call["custom_id"], "response": response, "error": None}
