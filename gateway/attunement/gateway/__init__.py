"""The only package that talks to the outside: WebRTC, HTTP, websockets, files, the command line."""
