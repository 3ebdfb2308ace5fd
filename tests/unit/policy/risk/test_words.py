"""Verbs of other languages, nouns that are verbs too, filters that look like actions, and changes that come along."""

from __future__ import annotations

from typing import Any

import pytest
from groundstop.risk import assess_tool
from groundstop.vocabulary import Risk

READ, CHANGE, DESTROY = Risk.SAFE, Risk.RISKY, Risk.DANGEROUS


def a_tool(
    name: str, description: str = "", parameters: dict[str, Any] | None = None, *required: str
) -> dict[str, Any]:
    schema = {"type": "object", "properties": parameters or {"id": {"type": "string"}}, "required": list(required)}
    return {"name": name, "description": description, "inputSchema": schema}


@pytest.mark.parametrize(
    ("name", "description", "risk"),
    [
        ("bestellung_abrufen", "Ruft eine Bestellung ab.", READ),
        ("kundeSuchen", "Sucht einen Kunden.", READ),
        ("benutzer_löschen", "Löscht einen Benutzer.", DESTROY),
        ("rechnung_erstellen", "Erstellt eine Rechnung.", CHANGE),
        ("wetter", "Gibt das aktuelle Wetter zurück.", READ),
        ("obtener_pedido", "Obtiene un pedido.", READ),
        ("eliminar_usuario", "Elimina un usuario.", DESTROY),
        ("enviar_correo", "Envía un correo.", CHANGE),
        ("lister_commandes", "Liste les commandes.", READ),
        ("supprimer_client", "Supprime un client.", DESTROY),
        ("elenca_ordini", "Elenca gli ordini.", READ),
        ("cancella_ordine", "Cancella un ordine.", DESTROY),
        ("consultar_saldo", "Consulta o saldo da conta.", READ),
        ("excluir_cliente", "Exclui um cliente.", DESTROY),
        ("haal_orders_op", "Haalt orders op.", READ),
        ("verwijder_klant", "Verwijdert een klant.", DESTROY),
        ("pobierz_zamowienie", "Pobiera zamówienie.", READ),
        ("usun_klienta", "Usuwa klienta.", DESTROY),
        ("получить_заказ", "Получает заказ.", READ),
        ("удалить_заказ", "Удаляет заказ.", DESTROY),
        ("siparis_getir", "Siparişi getirir.", READ),
        ("kullanici_sil", "Kullanıcıyı siler.", DESTROY),
        ("获取订单", "获取订单详情", READ),
        ("删除订单", "删除订单", DESTROY),
        ("注文一覧取得", "注文の一覧を取得する", READ),
        ("注文削除", "注文を削除する", DESTROY),
        ("주문_조회", "주문을 조회합니다", READ),
        ("주문_삭제", "주문을 삭제합니다", DESTROY),
        ("get_user", "Удаляет пользователя.", DESTROY),
        ("obtener_y_eliminar", "Obtiene y elimina un registro.", DESTROY),
    ],
)
def test_verbs_of_other_languages_are_read(name: str, description: str, risk: Risk) -> None:
    assert assess_tool(a_tool(name, description)).risk is risk


@pytest.mark.parametrize("name", ["gеt_user", "dеlete_user", "сору", "get_usеr", "ｇｅｔ_user"])
def test_a_word_of_two_alphabets_is_still_a_disguise(name: str) -> None:
    assert assess_tool(a_tool(name, "Get a user.")).risk is DESTROY


ACTION = {"type": "string", "enum": ["created", "create", "update", "delete"]}


def test_a_list_of_actions_may_be_a_filter() -> None:
    """An audit log is asked for what was deleted; a list that also offers to look selects what is done."""
    logs = a_tool("list_audit_logs", "List audit log entries.", {"action": ACTION, "limit": {"type": "integer"}})
    assert assess_tool(logs).risk is READ
    assert assess_tool(logs, {"action": "delete"}).risk is READ
    asked = a_tool("list_audit_logs", "List audit log entries.", {"action": ACTION}, "action")
    assert assess_tool(asked, {"action": "delete"}).risk is DESTROY
    both = {"type": "string", "enum": ["list", "delete"]}
    assert assess_tool(a_tool("list_users", "List users.", {"action": both}), {"action": "delete"}).risk is DESTROY
    bare = a_tool("users", "Users.", {"action": ACTION})
    assert assess_tool(bare, {"action": "delete"}).risk is DESTROY


def test_managing_means_what_its_actions_mean() -> None:
    reading = {"type": "string", "enum": ["list", "get", "search"]}
    assert assess_tool(a_tool("manage_reports", "Manage reports.", {"action": reading}, "action")).risk is READ
    writing = {"type": "string", "enum": ["list", "get", "rename"]}
    assert assess_tool(a_tool("manage_reports", "Manage reports.", {"action": writing}, "action")).risk is CHANGE


def test_adding_beside_multiplying_is_arithmetic() -> None:
    sums = {"type": "string", "enum": ["add", "subtract", "multiply", "divide"]}
    calculator = a_tool("calculator", "Calculate with two numbers.", {"operation": sums, "a": {}, "b": {}}, "operation")
    assert assess_tool(calculator, {"operation": "add", "a": 1, "b": 2}).risk is READ


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("get_login_failures", "Get login failures of a user."),
        ("billing_getSubscriptionList", "Get the list of subscriptions."),
        ("list_deploy_statistics", "List statistics of deployments."),
        ("get_payment_methods", "Get the payment methods of a customer."),
    ],
)
def test_a_noun_that_is_a_verb_too_holds_no_read(name: str, description: str) -> None:
    assert assess_tool(a_tool(name, description)).risk is READ


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("check_todo", "Check a todo off the list."),
        ("check_item", "Check an item off a list."),
        ("format_range", "Format the cells of a range."),
        ("generate_license", "Generate a license for a customer."),
        ("download_file", "Download a file to the server."),
        ("fetch_messages", "Fetch new messages and mark them as read."),
        ("read_events", "Read events. It advances the cursor of the consumer."),
        ("export_report", "Export a report. The result is auto-saved."),
        ("get_next_job", "Get the next job. It removes the job from the queue."),
        ("dequeue", "Take a message."),
    ],
)
def test_a_change_that_comes_along_is_no_read(name: str, description: str) -> None:
    assert assess_tool(a_tool(name, description)).risk is not READ


def test_a_search_that_can_save_what_it_found_saves_only_where_a_file_is_named() -> None:
    out = {"type": "string", "description": "Save the results to this file instead of returning them."}
    search = a_tool("search_page", "Search the page for a text.", {"text": {"type": "string"}, "filename": out})
    assert assess_tool(search).risk is READ
    assert assess_tool(search, {"text": "x"}).risk is READ
    assert assess_tool(search, {"text": "x", "filename": "a.txt"}).risk is CHANGE
    anywhere = a_tool("search_page", "Search the page for a text.", {"text": {"type": "string"}, "filepath": out})
    assert assess_tool(anywhere).risk is CHANGE
