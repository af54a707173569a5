#!/usr/bin/env python3
"""Writes from_honest_names.txt: From fields of people whose names need a double-byte charset or KOI8-R, as encoded-words
and as raw octets. The octets of such names are often those of @ < " \\ ( [ , in ASCII; their authors are none the less
clear.

    ./make_honest_names.py > from_honest_names.txt
"""
import base64

JAPANESE = ("石川 青木 清水 千葉 雪野 泉 瀬川 関口 浅川 前川 川口 宮川 石井 石田 青山 山川 小川 早川 中川 大石 仙石 山田 佐藤 高橋".split(),
            "太郎 花子 千代 清 石松 雪 泉 青 健一 美川 聖 直樹 千恵 洋 成".split())
TRADITIONAL = ("許 蓋 功 一 陳 林 黃 張 李 王 吳 劉 蔡 楊 鄭 謝 郭 洪 邱 曾".split(),
               "功成 一育 開豹 淑琪 愛玲 跚 餐廳 娉婷 俊傑 世一 文彬 雅琪 育功 建一 珮一".split())
SIMPLIFIED = ("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗".split(),
              "伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 丂 㐂 镕基 堃 喆".split())
KOREAN = ("김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍".split(),
          "민준 서연 도윤 하윤 지우 서준 은주 영희 철수 지민".split())
RUSSIAN = ("Иванов Смирнова Кузнецов Попова Васильев Петрова Соколов Михайлова Новиков Фёдорова".split(),
           "Александр Мария Дмитрий Анна Юрий Елена Сергей Ольга Эдуард Щукарь".split())


def escape(octets):
    out = ""
    for octet in octets:
        c = chr(octet)
        out += {"\\": "\\\\"}.get(c, c) if 0x20 <= octet < 0x7F else "\\x%02x" % octet
    return out


def word_b(charset, octets):
    return ("=?%s?B?%s?=" % (charset, base64.b64encode(octets).decode())).encode()


def word_q(charset, octets):
    text = "".join(chr(o) if chr(o).isalnum() and o < 0x80 else "_" if o == 0x20 else "=%02X" % o for o in octets)
    return ("=?%s?Q?%s?=" % (charset, text)).encode()


def quoted(octets):
    return b'"' + octets + b'"'


def forms(charset, octets, raw):
    out = [word_b(charset, octets), word_q(charset, octets), quoted(word_b(charset, octets))]
    return out + ([octets, quoted(octets)] if raw else [])


def group(charset, codec, names, limit, gap=" "):
    surnames, given = names
    print("== %s" % charset)
    written = 0
    for i in range(len(surnames) * len(given)):
        if written == limit:
            break
        name = surnames[i % len(surnames)] + gap + given[i * 7 % len(given)]
        try:
            octets = name.encode(codec)
        except UnicodeEncodeError:
            continue
        # A dot between raw 7-bit octets counts as one: such a name is not clear.
        raw = codec != "iso2022_jp" or b"." not in octets
        kinds = forms(charset, octets, raw)
        kind = kinds[written % len(kinds)]
        print("example.com    %s <user%d@example.com>" % (escape(kind), i))
        written += 1


print("# Made by make_honest_names.py; the format is that of from_honest.txt.")
group("ISO-2022-JP", "iso2022_jp", JAPANESE, 60, "\u3000")
group("iso-2022-jp", "iso2022_jp", JAPANESE, 40, "")
group("Shift_JIS", "shift_jis", JAPANESE, 60, "\u3000")
group("Big5", "big5", TRADITIONAL, 60, "")
group("GB18030", "gb18030", SIMPLIFIED, 60, "")
group("hz-gb-2312", "hz", SIMPLIFIED, 20, "")
group("EUC-KR", "euc_kr", KOREAN, 60)
group("ISO-2022-KR", "iso2022_kr", KOREAN, 20)
group("KOI8-R", "koi8_r", RUSSIAN, 60)
