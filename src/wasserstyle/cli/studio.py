"""``wasserstyle studio``: the studio in the browser."""

from pathlib import Path
from typing import Annotated

import typer


def studio(
    project: Annotated[
        Path, typer.Argument(help="Folder for pictures, jobs and results.")
    ] = Path("wasserstyle-studio"),
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Where to listen.", show_default="8365, or a free one"
        ),
    ] = None,
    address: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Allow an address that others can reach.")
    ] = False,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser, too.")
    ] = False,
) -> int:
    """Paint in the browser; prints the address of the page and keeps all in PROJECT."""
    import webbrowser

    from wasserstyle.errors import BadSetting

    try:
        from wasserstyle.web.app import create_app
        from wasserstyle.web.guard import Access
        from wasserstyle.web.project import Project
        from wasserstyle.web.serve import Server, listen_at
        from wasserstyle.web.studio import Studio
    except ImportError as error:
        raise BadSetting(
            f"the studio needs one more package ({error.name}); "
            "run: pip install 'wasserstyle[web]'"
        ) from error
    from wasserstyle.serving import is_local

    if not (allow_remote or is_local(address)):
        raise BadSetting(
            f"other machines could reach {address}; add --allow-remote if they may, "
            "or leave --address out"
        )
    with Project(project) as opened, listen_at(address, port) as listener:
        access = Access(address=address, port=listener.getsockname()[1])
        with Studio.open(opened, access) as open_studio:
            print(f"wasserstyle studio: {access.url}", flush=True)
            print(f"project {opened.folder}; end with Ctrl-C")
            if open_page:
                webbrowser.open(access.url)
            Server(create_app(open_studio), open_studio.events).answer(listener)
    return 0
