"""What a turn speaks of, whatever its language: words of many languages mapped to the few ideas that attacks combine.

No idea is suspect by itself ("forget", "password", "you are"); the model weighs which of them stand in one sentence.
Stems are matched at the start of a word, signs of scripts without spaces or with prefixes anywhere in it; both folded
as the text is.
"""

# ruff: noqa: E501 - word lists, one a line

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from groundstop.screening.text import folded

STEM_CHARS_MIN = 3
STEM_CHARS_MAX = 12
CONCEPTS_MAX = 12  # of one sentence that are paired

_STEMS: dict[str, str] = {
    "DROP": "ignor disregard forget forgot overrid overrul bypass neglect discard dismiss abandon skip circumvent violat disobey vergiss vergess missacht ubergeh verwirf olvid descart omit desestim oubli neglige abandonn outrepass dimentic scord trascur esquec esquec desconsider negeer vergeet zapomn zignoruj pomin glom strunta unohda yoksay goz unut gormezden abaikan lupakan bo lanjutkan balewala balewal puuza sahau felejts hagyd uita ignora",
    "PRIOR": "previous prior above preceding earlier foregoing former before initial original existing past vorherig vorig bisherig obig fruher anterior previ precedent passat scorso anteced vorige eerder eerdere poprzedn wczesniej tidigare foregaend aiempi onceki sebelum truoc nauna iliyotangul elozo anterioar",
    "ORDER": "instruction instructions instruct directive directives rule rules guideline guidelines command commands order orders restriction restrictions constraint constraints policy policies programming protocol protocols anweisung anweisungen befehl vorgab richtlinie regel regeln vorschrift instruccion instrucciones indicacion regla directriz consigne regle directiv istruzion regol direttiv instruc regra diretriz instructie opdracht polecen instrukcj zasad instruktion ohje saannot talimat kural instruksi aturan perintah tagubilin utasitas szabaly sheria maagizo",
    "PROMPT": "prompt prompts preprompt systemprompt eingabeaufforderung systemanweisung",
    "SYSTEM": "system sistema systeme systeem systemet sistem developer developers openai anthropic microsoft google meta administrator admin entwickler desarrollador developpeur sviluppator desenvolvedor ontwikkelaar programist gelistirici pengembang",
    "SHOW": "reveal show print display output repeat recite disclose leak expose spell reproduce recall verrat enthull zeig wiederhol ausgeb offenbar revel muestr mostr repit imprim imprime montre affich repet divulg rivel mostra ripet stamp revele exib repita toon onthul herhaal ujawn pokaz powtorz wyswietl visa avsloj paljasta nayta goster acikla tekrarla tampilkan ungkap ulangi ipakita onyesha mutasd",
    "TELL": "tell give share provide say send sag gib nenn mitteil teile dime dame digame cuent dis donne dites partag dimmi dammi fornisc diga conte forneca zeg geef vertel powiedz podaj beratta kerro soyle ver beri katakan sabihin niambie nipe mondd",
    "SECRET": "password passwords passphrase passcode pwd passwort kennwort contrasena contrasenia clave mot-de-passe motdepasse passe senha wachtwoord haslo losenord salasana sifre parola kata-sandi sandi nenosiri jelszo secret secrets confidential credential credentials geheim secreto segreto segredo sekret hemlig sekretny gizli rahasia pin token flag hidden private classified vertraulich confidenc riservat",
    "PERSON": "balance account ssn address birthday birthdate kontostand saldo adresse direccion cuenta solde compte conto indirizzo conta endereco rekening konto hesap adres",
    "OTHERS": "user user's users customer client nutzer benutzer usuario utilisateur utente gebruiker uzytkownik anvandar kullanici pengguna",
    "PLAY": "pretend roleplay roleplaying act simulate simulation emulate persona character imagine hypothetical hypothetically fictional fiction immerse spiel stell tu-so rolle actua simul finge imagin personaje joue imagine personnage agis recit immagin fingi personaggio finja imagine personagem speel doe-alsof udawaj wyobraz lat-sas kuvittele gibi hayal berpura bayangkan",
    "FREE": "unrestricted unfiltered uncensored unlimited unbound unethical immoral amoral unmoderated restrictions restriction limitation limitations limits filter filters censorship ethics ethical moral morals morality guardrails safeguards safety limitless boundaries disclaimers disclaimer einschrankung ohne-regeln zensur restriccion limite censura filtro etica restrizion limitazion restric censur ethique filtre beperking ogranicz begransning rajoitu sinirlama kisitlama batasan",
    "JAIL": "jailbreak jailbroken dan stan dude aim devmode unlocked godmode evil villain malicious mischievous anarchy rebellious sudo root",
    "NOREFUSE": "refuse refusal refusing decline apologize apologise apologies sorry cannot can't unable comply compliance obey warnings warning weiger entschuldig disculp rechaz niega refuser excus rifiut scus recus desculp",
    "MODE": "mode modus modo modalita tryb lage mod simulator terminal console debug maintenance diagnostic override",
    "AI": "ai assistant chatbot bot llm gpt chatgpt claude gemini bard llama mistral model language-model ki assistent asistente assistente modelo modello modele ia yapay zeka",
    "NOW": "now henceforth onwards ab-sofort jetzt ahora desde-ahora desormais maintenant adesso agora vanaf nu teraz od-teraz simdi bundan sekarang",
    "SELF": "your yourself yours you dein deine deinen deiner ihr ihre ihren tu tus su ton ta tes votre vos tuo tuoi tue seu sua seus suas jouw uw twoj twoje din dina sinun senin anda kamu iyong yako",
    "REPLY": "response answer reply respond output message antwort antworte respuesta responde reponse repond risposta rispondi resposta responda antwoord odpowiedz svar vastaa cevap yanit jawaban sagot jibu valasz",
    "ENCODE": "base64 base32 base16 rot13 hex hexadecimal binary morse cipher caesar encode encoded encoding decode decoded decrypt encrypt leetspeak backwards backward reverse reversed ascii bytes emoji rot piglatin codier kodier codific code-cesar",
    "GIVEN": "told given received provided wrote written configured programmed trained said gesagt gegeben erhalten dijeron dado donne recu dato ricevuto recebeu",
    "BOSS": "creator boss god owner ceo president officer maker supervisor auditor superuser chef gott jefe dios patron dieu capo dio chefe deus szef bog patronu tanri",
    "START": "begin start prefix commence starting beginning absolutely",
}  # fmt: skip
_SIGNS: dict[str, str] = {
    "DROP": "忽略 无视 無視 忘记 忘記 忘掉 不要理会 忘れ игнориру забудь забыть не обращай проигнориру ігнору забудьте αγνοησ ξεχασ تجاهل انس اهمل התעלם שכח अनदेखा नज़रअंदाज़ भूल जा ভুলে উপেক্ষা 무시 잊어 เพิกเฉย ละเว้น ลืม புறக்கணி",
    "PRIOR": "之前 以前 上述 上面 先前 前面 以上 前の предыдущ прежн выше ранее попередн προηγουμεν παραπανω السابق أعلاه قبل הקודמ שמעל पिछले पहले ऊपर 이전 앞의 위의 ก่อนหน้า ข้างต้น আগের",
    "ORDER": "指令 指示 命令 规则 規則 説明 说明 ルール 设定 инструкц указани правил команд приказ інструкц εντολ οδηγι κανον تعليمات أوامر قواعد הוראות כללים निर्देश नियम आदेश 지시 명령 규칙 지침 คำสั่ง กฎ คำแนะนำ নির্দেশ",
    "PROMPT": "提示词 提示詞 プロンプト промпт промт पराम्प्ट 프롬프트 พรอมต์ برومبت",
    "SYSTEM": "系统 系統 システム систем разработчик συστημα النظام مطور המערכת सिस्टम 시스템 개발자 ระบบ 开发 開発者",
    "SHOW": "显示 显示 輸出 输出 重复 打印 透露 泄露 表示 出力 見せ 教え покажи выведи повтори раскрой напечатай εμφανισ δειξε αποκαλυψ أظهر اعرض اكشف اطبع كرر הצג חשוף दिखा प्रकट बताओ बताएं 보여 출력 공개 반복 แสดง เปิดเผย দেখা",
    "TELL": "告诉 告訴 给我 話し 伝え くれ скажи сообщи дай расскажи πες δωσε أخبر قل أعط תגיד ספר תן बताइए दो 알려 말해 บอก বলো",
    "SECRET": "密码 密碼 口令 秘密 机密 パスワード 暗証 парол секрет κωδικ μυστικ كلمة المرور كلمة السر سري סיסמ סוד पासवर्ड गुप्त 비밀번호 암호 비밀 รหัสผ่าน ความลับ পাসওয়ার্ড",
    "PERSON": "余额 地址 账户 残高 住所 口座 баланс адрес счет счёт υπολοιπο رصيد عنوان חשבון खाते बैलेंस पता 잔고 계좌 주소 บัญชี ที่อยู่",
    "OTHERS": "用户 ユーザー пользовател χρηστη المستخدم המשתמש उपयोगकर्ता 사용자 ผู้ใช้",
    "PLAY": "假装 扮演 想象 角色 ふり 演じ 想像 役 притвор представь роль вообраз προσποι φαντασ تظاهر تخيل دور העמד דמיין कल्पना भूमिका नाटक 척해 가정 역할 상상 แกล้ง สมมติ บทบาท",
    "FREE": "限制 约束 审查 道德 制限 制約 検閲 ограничен цензур этик морал περιορισμ قيود رقابة أخلاق מגבלות प्रतिबंध सीमा 제한 제약 검열 ข้อจำกัด",
    "MODE": "模式 モード режим λειτουργια وضع מצב मोड 모드 โหมด",
    "AI": "人工智能 助手 アシスタント нейросет ассистент бот ιι βοηθ الذكاء الاصطناعي مساعد עוזר सहायक 인공지능 어시스턴트 ผู้ช่วย",
    "NOW": "现在 從現在 从现在 今から これから теперь сейчас отныне τωρα الآن עכשיו अब 지금 이제 ตอนนี้",
    "SELF": "你的 您的 你 您 あなた 君の твой твои твою ваш вы ты тебя σου σας لك أنت שלך אתה तुम आपका आपके आप 당신 너의 너는 คุณ",
    "REPLY": "回答 回复 回答 答え 返答 ответ отвеча απαντ أجب رد ענה תשובה उत्तर जवाब 대답 답변 ตอบ",
    "BOSS": "上司 老板 神 创造者 作者 начальник бог создател босс θεος αφεντικ رئيس اله مدير הבוס אלוהים भगवान मालिक 상사 신이 창조 หัวหน้า",
    "ENCODE": "编码 エンコード кодиров шифр ترميز קודד एन्कोड 인코딩",
}  # fmt: skip

_BY_STEM: dict[str, str] = {stem: name for name, stems in _STEMS.items() for stem in reversed(stems.split())}
_EXACT_CHARS = 4  # a shorter stem must be the whole word, or every "danger" speaks of DAN
_NAME_OF_SIGN: dict[str, str] = {folded(sign).text: name for name, signs in _SIGNS.items() for sign in signs.split()}
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_NAME_OF_SIGN, key=len, reverse=True)))


@lru_cache(maxsize=8_192)
def concepts_of(word: str) -> tuple[str, ...]:
    """The ideas of one lower-cased, folded word; a run of a script without spaces may hold several."""
    if not word.isascii():
        return tuple(dict.fromkeys(_NAME_OF_SIGN[sign] for sign in _SIGN.findall(word)))
    if word in _BY_STEM:
        return (_BY_STEM[word],)
    for size in range(min(len(word), STEM_CHARS_MAX), _EXACT_CHARS, -1):
        if word[:size] in _BY_STEM:
            return (_BY_STEM[word[:size]],)
    return ()


def sentence_concepts(words: Iterable[str]) -> list[str]:
    """The different ideas of a sentence, in order of first mention."""
    return list(dict.fromkeys(name for word in words for name in concepts_of(word)))


def concept_features(found: list[str], tag: str) -> list[str]:
    """Each idea, and each pair of them whatever their order."""
    kept = sorted(found)[:CONCEPTS_MAX]
    return [f"{tag}:{name}" for name in kept] + [f"{tag}:{a}&{b}" for a, b in combinations(kept, 2)]
