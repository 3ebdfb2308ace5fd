"""Verbs of tool names and descriptions in languages other than English, as verbs of the vocabulary.

Written from general knowledge of how APIs and their descriptions are worded; forms are the infinitive, the imperative and
the third person. Words are compared folded: without accents, look-alike letters and case.
"""

# ruff: noqa: E501 - one meaning a line

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from groundstop.risk.folding import fold
from groundstop.risk.vocabulary import VOCABULARY

# German, Spanish, French, Italian, Portuguese, Dutch, Polish, Turkish; then Russian.
_WORDS = {
    "get": """abrufen rufe ruft holen holt hol lade laedt ladt gib gibt liefere liefert ermitteln ermittelt auslesen bekommen erhalten
        obtener obtiene obten obteniendo conseguir recuperar recupera traer trae devuelve devolver consultar consulta consigue
        obtenir obtient obtiens recuperer recupere renvoie renvoyer retourne retourner fournit donne extraire
        ottenere ottieni ottiene recuperare restituisce restituire restituisci preleva fornisce scarica
        obter obtem obtenha retorna retornar recupere pegar pega traz trazer buscar devolve
        ophalen haal haalt opvragen geef geeft verkrijg krijg
        pobierz pobiera pobierac zwroc zwraca uzyskaj uzyskuje odczytaj odczytuje
        getir getirir alir dondur dondurur verir cek
        получить получает получи вернуть возвращает верни достать достает извлечь извлекает загрузить выдает отдает запросить""",
    "list": """auflisten liste listet aufzahlen listar lista enumerar enumera lister elencare elenca elenco enumerer lijst oplijsten
        wylistuj wymien listele listeler sirala список перечислить перечисляет вывести выводит""",
    "search": """suchen suche sucht durchsuchen durchsucht finde findet nachschlagen buscar busca encontrar encuentra busque chercher cherche rechercher
        recherche trouver trouve cercare cerca ricerca ricercare trova trovare procurar procura encontra pesquisar pesquisa localizar zoek zoeken
        zoekt doorzoek vind wyszukaj wyszukuje szukaj szuka znajdz znajduje ara arar bul bulur arama найти находит поиск искать ищет поискать""",
    "show": """anzeigen zeige zeigt ansehen ausgeben darstellen mostrar muestra mostre visualizar visualiza ver afficher affiche montrer montre voir visualiser
        mostrare mostra visualizzare visualizza vedi exibir exibe mostrar toon tonen toont bekijk bekijken weergeven pokaz pokazuje wyswietl wyswietla
        goster gosterir goruntule goruntuler показать показывает отобразить отображает просмотр просмотреть посмотреть""",
    "read": """lesen lese liest leer lee lire lis lit leggere leggi legge ler leia lees lezen leest czytaj czyta odczyt oku okur читать прочитать читает""",
    "check": """prufen prufe pruft uberprufen kontrollieren nachsehen comprobar comprueba verificar verifica validar valida verifier verifie vérifie controler
        controlla controllare verificare checar controleer controleren sprawdz sprawdza sprawdzic kontrol проверить проверяет проверка""",
    "count": "zahlen zahle zahlt contar cuenta compter compte contare conta contar tel tellen policz say sayar посчитать считает подсчитать",
    "calculate": """berechnen berechne berechnet calcular calcula calculer calcule calcolare calcola bereken berekenen oblicz oblicza hesapla hesaplar
        вычислить рассчитать рассчитывает""",
    "describe": "beschreiben beschreibt describir describe decrire decrit descrivere descrivi descrever descreve beschrijf opisz acikla описать описание",
    "create": """erstellen erstelle erstellt anlegen lege legt erzeugen erzeugt generieren neu crear crea cree creer creare cria criar crie gerar genera
        aanmaken maak maakt maken utworz tworzy stworz olustur olusturur yarat создать создает создай создание""",
    "add": """hinzufugen fuge fugt erganzen agregar agrega anadir anade ajouter ajoute aggiungere aggiungi aggiunge adicionar adiciona
        acrescentar toevoegen voeg voegt dodaj dodaje ekle ekler добавить добавляет добавь""",
    "update": """aktualisieren aktualisiere aktualisiert andern andere andert bearbeiten bearbeitet setzen setze setzt anpassen actualizar actualiza modificar modifica
        editar edita cambiar cambia mettre met modifier modifie changer change editer aggiornare aggiorna modificare cambiare imposta atualizar
        atualiza alterar altera mudar bijwerken werk wijzig wijzigen wijzigt aanpassen zaktualizuj aktualizuje zmien zmienia edytuj ustaw
        guncelle gunceller degistir degistirir duzenle duzenler ayarla обновить обновляет изменить изменяет изменение редактировать редактирует установить""",
    "save": """speichern speichere speichert guardar guarda enregistrer enregistre sauvegarder salvare salva salvar gravar opslaan bewaar zapisz zapisuje kaydet kaydeder
        сохранить сохраняет записать записывает""",
    "upload": "hochladen subir sube televerser charger caricare carica carregar enviar_archivo uploaden wgraj przeslij yukle yukler загрузи",
    "send": """senden sende sendet versenden schicken schicke schickt enviar envia envie envoyer envoie expedier inviare invia invio mandar manda
        verzenden verzend stuur sturen stuurt versturen verstuurt wyslij wysyla wyslac gonder gonderir отправить отправляет отправь послать""",
    "book": "buchen buche bucht reservieren reservar reserva reserver prenotare prenota agendar boeken boek reserveer zarezerwuj rezervasyon забронировать",
    "start": """starten starte startet ausfuhren_start iniciar inicia demarrer demarre lancer lance avviare avvia comecar start_op uruchom uruchamia baslat baslatir
        запустить запускает""",
    "stop": "stoppen stoppt anhalten detener detiene arreter arrete fermare ferma parar para zatrzymaj durdur durdurur остановить останавливает",
    "close": "schliessen schliesst abschliessen cerrar cierra fermer ferme chiudere chiudi chiude fechar fecha sluiten sluit zamknij zamyka kapat kapatir закрыть закрывает",
    "move": "verschieben verschiebe verschiebt mover mueve deplacer deplace spostare sposta verplaats verplaatsen przenies tasi переместить перемещает",
    "publish": "veroffentlichen veroffentlicht publicar publica publier publie pubblicare pubblica publiceren publiceer opublikuj yayinla опубликовать публикует",
    "delete": """loschen losche loscht entfernen entferne entfernt vernichten leeren eliminar elimina borrar borra quitar quita suprimir supprimer supprime effacer
        efface enlever retirer vider eliminare cancellare cancella rimuovere rimuovi rimuove svuota excluir exclui apagar apaga deletar deleta remover
        verwijderen verwijder verwijdert wissen wis leegmaken usun usuwa usunac skasuj kasuje wyczysc sil siler kaldir kaldirir temizle
        удалить удаляет удали удаление стереть стирает очистить очищает""",
    "cancel": """stornieren storniere storniert abbrechen kundigen cancelar cancela anular anula annuler annule resilier annullare annulla disdire annuleren annuleer
        opzeggen anuluj iptal отменить отменяет отмена""",
    "reset": "zurucksetzen restablecer reinitialiser reimpostare ripristina redefinir resetear resetten zresetuj sifirla сбросить сбрасывает",
    "block": "sperren sperre sperrt blockieren bloquear bloquea bloquer bloccare blocca blokkeren zablokuj engelle заблокировать блокирует",
    "pay": """bezahlen bezahle bezahlt zahlung uberweisen uberweise uberweist uberweisung pagar paga pago pagamento pague paiement payez verser virement pagare
        transferir transfiere transferencia transferer bonifico betalen betaal betaalt overmaken overboeken zaplac placi przelej przelew ode oder odeme havale
        оплатить оплачивает платеж перевести переводит перевод""",
    "refund": "erstatten ruckerstatten reembolsar reembolso rembourser remboursement rimborsare rimborso terugbetalen zwroc_pieniadze iade вернуть_деньги возместить",
    "buy": "kaufen kaufe kauft bestellen comprar compra acheter achat comprare acquista kopen koop kup satinal купить покупает покупка",
    "execute": """ausfuhren ausfuhrt ejecutar ejecuta executer execute_cmd esegui eseguire esegue executar executa uitvoeren voeruit wykonaj wykonuje calistir calistirir
        yurut выполнить выполняет исполнить""",
}  # fmt: skip

# Chinese, Japanese and Korean are written without spaces: what stands anywhere in a word counts.
_INSIDE = {
    "get": "获取 取得 获得 拉取 返回 读出 抓取 가져오 가져온 얻기 반환 불러오",
    "query": "查询 查詢 照会 問い合わせ 조회 질의",
    "search": "搜索 搜尋 检索 檢索 查找 検索 探す 探し 검색 찾기 찾는",
    "list": "列出 列表 清单 一覧 リスト 목록 나열",
    "view": "查看 显示 顯示 浏览 表示 参照 閲覧 見る 보기 표시 확인하",
    "read": "读取 讀取 阅读 読み込 読み取 読む 읽기 읽는 읽어",
    "check": "检查 校验 验证 確認 検証 チェック 확인 검증 점검",
    "calculate": "计算 計算 算出 계산",
    "describe": "描述 説明 설명",
    "create": "创建 新建 建立 生成 作成 新規 생성 만들 작성 등록",
    "add": "添加 新增 增加 追加 登録 추가",
    "update": "更新 修改 设置 設置 设定 設定 编辑 編集 变更 変更 업데이트 수정 변경 설정 편집 갱신",
    "save": "保存 存储 写入 書き込 記録 저장 기록 쓰기",
    "upload": "上传 アップロード 업로드",
    "send": "发送 發送 送信 送付 転送 通知する 전송 보내 발송 전달",
    "publish": "发布 發布 公開 投稿 게시 발행",
    "insert": "插入 挿入 삽입",
    "import": "导入 インポート 가져오기하",
    "start": "启动 啟動 开始执行 開始 起動 시작 기동",
    "stop": "停止 终止 停める 중지 정지 종료",
    "restart": "重启 再起動 재시작",
    "deploy": "部署 デプロイ 배포",
    "close": "关闭 閉じ 닫기",
    "click": "点击 クリック 클릭",
    "move": "移动 移動 이동",
    "rename": "重命名 改名 이름변경",
    "book": "预订 预约 予約 예약",
    "bind": "绑定 連携 연결",
    "switch": "切换 切り替え 전환",
    "delete": "删除 刪除 移除 清空 清除 销毁 抹除 削除 消去 除去 抹消 삭제 제거 지우 비우 초기화",
    "cancel": "取消 撤销 キャンセル 解約 취소 철회",
    "block": "封禁 冻结 ブロック 凍結 차단 정지시",
    "pay": "支付 付款 转账 汇款 支払 送金 振込 振り込 決済 결제 지불 송금 이체",
    "refund": "退款 返金 払い戻し 환불",
    "buy": "购买 下单 購入 注文する 구매 주문하",
    "execute": "执行 运行 実行 실행",
}  # fmt: skip


def _table(words: Mapping[str, str], known: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for base, forms in words.items():
        for form in forms.split():
            key = fold(form).lower()
            if key not in known:
                found.setdefault(key, base)
    return found


TONGUES: Mapping[str, str] = MappingProxyType(_table(_WORDS, VOCABULARY))
"""A folded word of another language -> the English verb."""
_PARTS: Mapping[str, str] = MappingProxyType(_table(_INSIDE, {}))
_ANY_PART = re.compile("|".join(sorted(map(re.escape, _PARTS), key=len, reverse=True)))


def translated(token: str) -> tuple[str, ...]:
    """The English verbs in a token of another language, in order; the token itself where none is known."""
    if token.isascii():
        return (TONGUES.get(token, token),)
    known = TONGUES.get(token)
    if known is not None:
        return (known,)
    inside = tuple(_PARTS[match.group(0)] for match in _ANY_PART.finditer(token))
    return inside or (token,)
