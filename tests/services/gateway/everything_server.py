"""The fixture that the MCP conformance suite wants: ``python everything_server.py [PORT]``; without a port on stdio."""

import asyncio
import base64
import json
import re
import struct
import sys
import zlib
from typing import Any

import uvicorn
from mcp import MCPError
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    CompleteResult,
    Completion,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    EmptyResult,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    Prompt,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    Tool,
)


def png() -> str:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def wav() -> str:
    """Two samples of silence."""
    head = b"RIFF" + struct.pack("<I", 38) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    return base64.b64encode(head + b"data" + struct.pack("<I", 2) + b"\x80\x80").decode()


NOTHING = {"type": "object", "properties": {}}
TEXT = {"type": "string"}
IMAGE = {"type": "image", "data": png(), "mimeType": "image/png"}
OPTIONS = ["option1", "option2", "option3"]
FORMS: dict[str, dict[str, Any]] = {
    "test_elicitation": {
        "username": {**TEXT, "description": "User's response"},
        "email": {**TEXT, "description": "User's email address"},
    },
    "test_elicitation_sep1034_defaults": {
        "name": {**TEXT, "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {**TEXT, "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
    "test_elicitation_sep1330_enums": {
        "untitledSingle": {**TEXT, "enum": OPTIONS},
        "titledSingle": {**TEXT, "oneOf": [{"const": f"value{n}", "title": f"Option {n}"} for n in (1, 2, 3)]},
        "legacyEnum": {**TEXT, "enum": ["opt1", "opt2", "opt3"], "enumNames": ["One", "Two", "Three"]},
        "untitledMulti": {"type": "array", "items": {**TEXT, "enum": OPTIONS}},
        "titledMulti": {
            "type": "array",
            "items": {"anyOf": [{"const": f"value{n}", "title": f"Choice {n}"} for n in (1, 2, 3)]},
        },
    },
}
CONTENT: dict[str, list[dict[str, Any]]] = {
    "test_simple_text": [{"type": "text", "text": "This is a simple text response for testing."}],
    "test_image_content": [IMAGE],
    "test_audio_content": [{"type": "audio", "data": wav(), "mimeType": "audio/wav"}],
    "test_embedded_resource": [
        {
            "type": "resource",
            "resource": {
                "uri": "test://embedded-resource",
                "mimeType": "text/plain",
                "text": "This is an embedded resource content.",
            },
        }
    ],
    "test_multiple_content_types": [
        {"type": "text", "text": "Multiple content types test:"},
        IMAGE,
        {
            "type": "resource",
            "resource": {
                "uri": "test://mixed-content-resource",
                "mimeType": "application/json",
                "text": json.dumps({"test": "data", "value": 123}),
            },
        },
    ],
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "test_sampling": {"type": "object", "properties": {"prompt": TEXT}, "required": ["prompt"]},
    "test_elicitation": {"type": "object", "properties": {"message": TEXT}, "required": ["message"]},
    "json_schema_2020_12_tool": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"address": {"type": "object", "properties": {"street": TEXT, "city": TEXT}}},
        "properties": {"name": TEXT, "address": {"$ref": "#/$defs/address"}},
        "additionalProperties": False,
    },
}
NAMES = (*CONTENT, *FORMS, "test_tool_with_logging", "test_tool_with_progress", "test_error_handling", "test_sampling",
         "json_schema_2020_12_tool")  # fmt: skip


async def list_tools(context: Any, params: Any) -> ListToolsResult:
    return ListToolsResult(
        tools=[Tool(name=name, description=f"Runs {name}.", input_schema=SCHEMAS.get(name, NOTHING)) for name in NAMES]
    )


def result(*content: dict[str, Any], error: bool = False) -> CallToolResult:
    return CallToolResult.model_validate({"content": list(content), "isError": error})


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
    name, given = params.name, params.arguments or {}
    if name in CONTENT:
        return result(*CONTENT[name])
    if name in FORMS:
        return await elicited(context, name, given.get("message", "Please fill this in"))
    if name == "test_sampling":
        asked = CreateMessageRequestParams.model_validate(
            {"messages": [{"role": "user", "content": words(given["prompt"])}], "maxTokens": 100}
        )
        answer = await ask(context, CreateMessageRequest(params=asked), CreateMessageResult)
        return result(words(f"LLM response: {getattr(answer.content, 'text', '')}"))
    if name == "test_error_handling":
        return result(words("This tool intentionally returns an error for testing"), error=True)
    if name not in NAMES:
        raise MCPError(INVALID_PARAMS, f"Unknown tool: {name}")
    for step, text in ((0, "started"), (50, "processing data"), (100, "completed")):
        if name == "test_tool_with_logging":
            said = LoggingMessageNotificationParams(level="info", data=f"Tool {text}", logger="tool")
            await context.session.send_notification(LoggingMessageNotification(params=said), context.request_id)
        if name == "test_tool_with_progress":
            await context.session.report_progress(step, 100)
        await asyncio.sleep(0.05)  # noqa: TID251 - the suite wants to see them one after another
    return result(words("done"))


async def ask(context: Any, request: Any, answer: Any) -> Any:
    metadata = ServerMessageMetadata(related_request_id=context.request_id)
    return await context.session.send_request(request, answer, metadata=metadata)


async def elicited(context: Any, name: str, message: str) -> CallToolResult:
    schema = {"type": "object", "properties": FORMS[name]}
    if name == "test_elicitation":
        schema["required"] = ["username", "email"]
    params = ElicitRequestFormParams.model_validate({"message": message, "requestedSchema": schema})
    answer = await ask(context, ElicitRequest(params=params), ElicitResult)
    return result(words(f"Elicitation completed: action={answer.action}, content={json.dumps(answer.content)}"))


async def list_resources(context: Any, params: Any) -> ListResourcesResult:
    uris = {"test://static-text": "text/plain", "test://static-binary": "image/png", "test://watched-resource": ""}
    found = [
        Resource(uri=uri, name=uri, description="A fixture.", mime_type=kind or None) for uri, kind in uris.items()
    ]
    return ListResourcesResult(resources=found)


async def list_templates(context: Any, params: Any) -> ListResourceTemplatesResult:
    template = ResourceTemplate(uri_template="test://template/{id}/data", name="template", description="A fixture.")
    return ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(context: Any, params: Any) -> ReadResourceResult:
    uri = str(params.uri)
    body: dict[str, Any] = {"uri": uri, "mimeType": "text/plain", "text": "Watched."}
    if uri == "test://static-text":
        body["text"] = "This is the content of the static text resource."
    elif uri == "test://static-binary":
        body = {"uri": uri, "mimeType": "image/png", "blob": png()}
    elif match := re.fullmatch(r"test://template/(\w+)/data", uri):
        data = {"id": match[1], "templateTest": True, "data": f"Data for ID: {match[1]}"}
        body |= {"mimeType": "application/json", "text": json.dumps(data)}
    elif uri != "test://watched-resource":
        raise MCPError(-32002, f"Resource not found: {uri}")
    return ReadResourceResult.model_validate({"contents": [body]})


PROMPTS = {
    "test_simple_prompt": [],
    "test_prompt_with_arguments": ["arg1", "arg2"],
    "test_prompt_with_embedded_resource": ["resourceUri"],
    "test_prompt_with_image": [],
}


async def list_prompts(context: Any, params: Any) -> ListPromptsResult:
    return ListPromptsResult(
        prompts=[
            Prompt.model_validate(
                {
                    "name": name,
                    "description": f"Fixture {name}.",
                    "arguments": [{"name": one, "description": one, "required": True} for one in arguments],
                }
            )
            for name, arguments in PROMPTS.items()
        ]
    )


async def get_prompt(context: Any, params: Any) -> GetPromptResult:
    given = params.arguments or {}
    contents: dict[str, list[Any]] = {
        "test_simple_prompt": [words("This is a simple prompt for testing.")],
        "test_prompt_with_arguments": [
            words(f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'")
        ],
        "test_prompt_with_image": [IMAGE, words("Please analyze the image above.")],
        "test_prompt_with_embedded_resource": [
            {
                "type": "resource",
                "resource": {
                    "uri": given.get("resourceUri", "test://x"),
                    "mimeType": "text/plain",
                    "text": "Embedded resource content for testing.",
                },
            },
            words("Please process the embedded resource above."),
        ],
    }
    messages = [{"role": "user", "content": content} for content in contents[params.name]]
    return GetPromptResult.model_validate({"messages": messages})


async def complete(context: Any, params: Any) -> CompleteResult:
    return CompleteResult(completion=Completion(values=["paris", "park", "party"], total=3, has_more=False))


async def nothing(context: Any, params: Any) -> EmptyResult:
    return EmptyResult()


SERVER: Server[Any] = Server(
    "everything",
    version="1",
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    on_list_resources=list_resources,
    on_list_resource_templates=list_templates,
    on_read_resource=read_resource,
    on_subscribe_resource=nothing,
    on_unsubscribe_resource=nothing,
    on_list_prompts=list_prompts,
    on_get_prompt=get_prompt,
    on_completion=complete,
    on_set_logging_level=nothing,
)


async def main() -> None:
    if len(sys.argv) > 1:
        config = uvicorn.Config(
            SERVER.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning"
        )
        await uvicorn.Server(config).serve()
        return
    async with stdio_server() as (read, write):
        await SERVER.run(read, write, SERVER.create_initialization_options())


asyncio.run(main())
