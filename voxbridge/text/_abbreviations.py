"""Words that sentencex's lists lack or misjudge, or that speakers of another language than the declared one write."""

from __future__ import annotations


__all__ = ["LEADING", "MONTHS", "OPENERS", "ORDINALS", "TRAILING"]


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


# Before a name, a number or an example: a sentence never ends with them. Without case.
LEADING = _words("""
    approx cf dr e.g eg fr hr i.e ie incl messrs mr mrs ms mt pp prof resp rev st viz vs
    m mm mme mmes mlle mlles mgr p.ex ste
    abb bspw bzgl bzw ca d.h dipl evtl ggf inkl nr o.g s.o s.u sog u.a vgl z.b z.t zzgl
    aprox avda dra ej núm pág p.ej sr sra srta uds
    avv dott p.es pag sig.ra sigg
    bijv blz dhr d.w.z mevr mw o.a
    m.in np św tzn tzw zob
    bl.a d.v.s t.ex
    डॉ प्रो
    акад им напр проф рис стр т.е т.к тов ул
""")

# A sentence may end with them, or not: what follows tells. Without case.
TRAILING = _words("""
    al apr apt art aug ave blvd bros ch co corp dec dept ed esq est etc feb fig figs fri ft gal hon hrs hwy in inc jan
    jr jul jun kg km lb lbs ltd mar max min mon no nos nov oct op oz par pct rd sat sec sen sep sept st str sun tel
    thu tue univ vol wed yd
    avr déc févr janv juil
    abs aufl bd geb hrsg jh jhd kap mind mio mrd std usw u.ä o.ä
    гг др обл руб тыс
""")

# They begin sentences, and no names.
OPENERS = _words("""
    After All An And Are As At Because Before But By Can Could Did Do Does For From Had Has Have He Her His How I If In
    Is It Its Let My Next No Not Now On Our Please She Should So Some That The Their Then There These They This Those
    To Was We Were What When Where Which While Who Why Will With Would Yes You Your
    Aber Alle Alles Am Auch Auf Bei Beim Da Danach Dann Das Dem Den Der Des Die Dies Diese Dieser Doch Dort Ein Eine Er
    Es Für Hier Ich Ihr Im Ist Mit Nach Nun Oder Sie Sind Und Von Vor War Waren Was Wenn Wer Wie Wir Wo Zu Zum Zur
    Alors Ce Cela Ces Cette Dans Des Elle Elles Et Ils Je Les Mais Nous Puis Quand Tu Une Vous
    Así Como Cuando Después Ella Ellos Esta Este Esto Está Los Las Luego Nosotros Pero Pues
    Anche Che Dopo Gli Lei Lui Ma Noi Poi Quando Questa Questo Sono
    Вы Затем Как Когда Мы Но Он Она Они Потом Это
""")

# After an ordinal: "am 3. Mai". Languages that write months small need no list.
MONTHS = _words("Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember")

# Languages that write an ordinal as a number and a full stop.
ORDINALS = frozenset(
    {
        "bs",
        "cs",
        "da",
        "de",
        "et",
        "fi",
        "fo",
        "hr",
        "hu",
        "is",
        "lb",
        "lv",
        "nb",
        "nn",
        "no",
        "pl",
        "sk",
        "sl",
        "sr",
        "tr",
    }
)
