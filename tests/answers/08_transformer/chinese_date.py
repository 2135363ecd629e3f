# %% correct: divmod
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% correct: a table of 31 numbers
def chinese_date(year, month, day):
    units = ["", *"一二三四五六七八九"]
    table = [ten + unit for ten in ("", "十", "二十", "三十") for unit in units]
    for arabic, chinese in zip("0123456789", "〇一二三四五六七八九"):
        year = str(year).replace(arabic, chinese)
    return year + "年" + table[month] + "月" + table[day] + "日"

# %% correct: str.translate and replacements
CHINESE_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")


def chinese_date(year, month, day):
    def small(n):
        text = str(n).translate(CHINESE_DIGITS)
        if n >= 10:
            text = text[0] + "十" + text[1]
        return text.replace("一十", "十", 1).replace("〇", "")

    return "{}年{}月{}日".format(str(year).translate(CHINESE_DIGITS), small(month), small(day))

# %% wrong: a one before ten
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年一十一月二十日': there is no 一 before 十.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年一十月一十日': there is no 一 before 十.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% wrong: a zero after ten
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年十一月二十〇日': month and day are numbers, and have no 〇.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年十〇月十〇日': month and day are numbers, and have no 〇.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + digits[units]

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% wrong: digit by digit everywhere
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年一一月二〇日': month and day are numbers, and have no 〇.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年一〇月一〇日': month and day are numbers, and have no 〇.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        return "".join(digits[int(digit)] for digit in str(n))

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% wrong: 零 for zero
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二零二六年十一月二十日': zero is written 〇 in a year.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九零五年十月十日': zero is written 〇 in a year.
def chinese_date(year, month, day):
    digits = "零一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% wrong: Arabic years
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '2026年十一月二十日': there are Arabic digits in it.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '1905年十月十日': there are Arabic digits in it.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{year}年{number(month)}月{number(day)}日"

# %% wrong: spaces
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年 十一月 二十日': there are spaces in it.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年 十月 十日': there are spaces in it.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年 {number(month)}月 {number(day)}日"

# %% wrong: the day without 日
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年十一月二十': year, month and day each have their word, and come in this order.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年十月十': year, month and day each have their word, and come in this order.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}"

# %% wrong: 号 for 日
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年十一月二十号': the day ends with 日 in writing.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年十月十号': the day ends with 日 in writing.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}号"

# %% wrong: day before month
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年二十日十一月': year, month and day each have their word, and come in this order.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一九〇五年十日十月': year, month and day each have their word, and come in this order.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(day)}日{number(month)}月"

# %% wrong: month and day exchanged
# visible test_chinese_date_values: chinese_date(2026, 11, 20): is '二〇二六年二十月十一日', expected '二〇二六年十一月二十日'.
# visible test_chinese_date_tens: chinese_date(2080, 8, 19): is '二〇八〇年十九月八日', expected '二〇八〇年八月十九日'.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(day)}月{number(month)}日"

# %% wrong: leading zeros
# visible test_chinese_date_values: names it: chinese_date(1949, 1, 31): is '一九四九年〇一月三十一日': month and day are numbers, and have no 〇.
# visible test_chinese_date_tens: names it: chinese_date(2080, 8, 19): is '二〇八〇年〇八月十九日': month and day are numbers, and have no 〇.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "〇" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% wrong: twenty is 廿
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二〇二六年十一月廿日': twenty is written 二十.
# hidden test_chinese_date_tens: names it: chinese_date(2007, 7, 20): is '二〇〇七年七月廿日': twenty is written 二十.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else "廿" if tens == 2 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    return f"{years}年{number(month)}月{number(day)}日"

# %% wrong: prints it
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): should be a Python str, but is None.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): should be a Python str, but is None.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = "".join(digits[int(digit)] for digit in str(year))
    print(f"{years}年{number(month)}月{number(day)}日")

# %% wrong: the year as a number
# visible test_chinese_date_values: names it: chinese_date(2026, 11, 20): is '二千〇百二十六年十一月二十日': the year is read digit by digit.
# visible test_chinese_date_tens: names it: chinese_date(1905, 10, 10): is '一千九百五年十月十日': the year is read digit by digit.
def chinese_date(year, month, day):
    digits = "〇一二三四五六七八九"

    def number(n):
        tens, units = divmod(n, 10)
        text = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
        return text + (digits[units] if units else "")

    years = digits[year // 1000] + "千" + digits[year // 100 % 10] + "百" + number(year % 100)
    return f"{years}年{number(month)}月{number(day)}日"
