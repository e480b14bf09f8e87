"""How a route declares what it takes, what it answers and what it refuses, and the OpenAPI document made of that.

A route takes structs (`reading`), answers with structs or documents, and names its refusals (`declared`, `refusals`).
`document` makes the OpenAPI document of an application from them; members that a struct does not describe are described
by their name (`members`).
"""
