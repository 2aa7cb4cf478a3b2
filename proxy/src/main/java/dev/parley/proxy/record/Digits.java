package dev.parley.proxy.record;

/** Writes numbers and times as text into a byte array, without an object for each. One instance per event loop. */
final class Digits {
    /** The longest number: 19 digits. */
    static final int MOST = 19;

    /** The length of {@code 2026-11-21T02:05:00.123Z}. */
    static final int TIME = 24;

    private static final byte[] TENS = new byte[100];
    private static final byte[] ONES = new byte[100];

    static {
        for (int number = 0; number < 100; number++) {
            TENS[number] = (byte) ('0' + number / 10);
            ONES[number] = (byte) ('0' + number % 10);
        }
    }

    private final byte[] second = new byte[20];
    private long secondWritten = Long.MIN_VALUE;

    /** Appends a number that is not negative; a negative one, which would be a defect, is written as 0. */
    static int number(long number, byte[] to, int at) {
        long rest = Math.max(0, number);
        int end = at + length(rest);
        int out = end;
        while (rest >= 100) {
            int pair = (int) (rest % 100);
            rest /= 100;
            to[--out] = ONES[pair];
            to[--out] = TENS[pair];
        }
        to[--out] = ONES[(int) rest];
        if (rest >= 10) {
            to[--out] = TENS[(int) rest];
        }
        return end;
    }

    private static int length(long number) {
        int length = 1;
        long bound = 10;
        while (length < MOST && number >= bound) {
            length++;
            bound *= 10;
        }
        return length;
    }

    /**
     * Appends a moment as ISO 8601 in UTC with milliseconds. All but the milliseconds is kept from one call to the next
     * while the second is the same.
     *
     * @param epochMs milliseconds since 1970, up to the year 9999
     */
    int time(long epochMs, byte[] to, int at) {
        long epochSecond = Math.floorDiv(epochMs, 1000L);
        if (epochSecond != secondWritten) {
            writeSecond(epochSecond);
        }
        System.arraycopy(second, 0, to, at, second.length);
        int ms = (int) Math.floorMod(epochMs, 1000L);
        to[at + 20] = (byte) ('0' + ms / 100);
        pair(ms % 100, to, at + 21);
        to[at + 23] = 'Z';
        return at + TIME;
    }

    /** Days to date by Howard Hinnant's days_from_civil, inverted: eras of 400 years that begin on 1 March. */
    private void writeSecond(long epochSecond) {
        long days = Math.floorDiv(epochSecond, 86_400L);
        int time = (int) Math.floorMod(epochSecond, 86_400L);
        long shifted = days + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        int dayOfEra = (int) Math.floorMod(shifted, 146_097L);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int shiftedMonth = (5 * dayOfYear + 2) / 153;
        int day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
        int month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
        int year = (int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0);

        pair(year / 100, second, 0);
        pair(year % 100, second, 2);
        second[4] = '-';
        pair(month, second, 5);
        second[7] = '-';
        pair(day, second, 8);
        second[10] = 'T';
        pair(time / 3600, second, 11);
        second[13] = ':';
        pair(time / 60 % 60, second, 14);
        second[16] = ':';
        pair(time % 60, second, 17);
        second[19] = '.';
        secondWritten = epochSecond;
    }

    private static void pair(int number, byte[] to, int at) {
        to[at] = TENS[number];
        to[at + 1] = ONES[number];
    }
}
