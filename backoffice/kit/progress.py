"""How far a worker is with a file: a bar that moves by itself, on a page that is loaded anew when nothing moves any more."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from common.text import number


def progress_of(job: Any, address: str) -> dict[str, Any]:
    """For ``admin/progress.html``, which asks for itself at ``address``.

    ``job`` has ``is_running``, ``state``, ``done``, ``total`` and ``percent``. Of what is counted no more is said: a
    file is read by rows and booked by sales. ``said`` is read out, and changes with each quarter alone, or with
    each ``step`` where a job names them.
    """
    state = job.get_state_display()
    step = getattr(job, "step", "")
    quarter = job.percent // 25 * 25
    said = f"{state}: {quarter} %" if job.total else state
    if step:
        said = f"{state}: {step}"
    return {
        "said": said if job.is_running else "",
        "is_running": job.is_running,
        "state": state,
        "percent": job.percent,
        "step": step,
        "done": number(job.done),
        "total": number(job.total) if job.total else "",
        "address": address,
    }


def moving_part(request: HttpRequest, job: Any, address: str) -> HttpResponseBase:
    """What the bar gets each time it asks: itself, or that the page is to be loaded anew."""
    if not job.is_running:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "admin/progress_part.html", {"progress": progress_of(job, address)})
