package dev.parley.proxy.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that wait to be encrypted together. Most turns write one buffer, which costs no array. Bound: the handler encrypts
 * as soon as a record's worth is there.
 */
final class PlainQueue {
    private static final int FIRST_CAPACITY = 8;
    /** As much as a record holds. */
    private static final int RECORD = 16 * 1024;

    private static final FastThreadLocal<ByteBuf> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected ByteBuf initialValue() {
            return ByteBufAllocator.DEFAULT.directBuffer(RECORD, RECORD);
        }
    };

    /** Where small writes are put together: one for each loop, empty, of one record's size. */
    static ByteBuf scratch() {
        return SCRATCH.get().clear();
    }

    private @Nullable ByteBuf only;
    private ByteBuf[] all = {};
    private int count;
    private int bytes;

    void add(ByteBuf plain) {
        bytes += plain.readableBytes();
        if (count == 0) {
            only = plain;
        } else {
            if (count == 1 && only != null) {
                if (all.length == 0) {
                    all = new ByteBuf[FIRST_CAPACITY];
                }
                all[0] = only;
                only = null;
            }
            if (count == all.length) {
                all = Arrays.copyOf(all, count * 2);
            }
            all[count] = plain;
        }
        count++;
    }

    int count() {
        return count;
    }

    int bytes() {
        return bytes;
    }

    ByteBuf get(int index) {
        return only == null ? all[index] : only;
    }

    void releaseAll() {
        for (int i = 0; i < count; i++) {
            get(i).release();
        }
        only = null;
        // The array is kept only where it is in use: an idle connection holds none.
        all = all.length > FIRST_CAPACITY ? new ByteBuf[0] : all;
        Arrays.fill(all, null);
        count = 0;
        bytes = 0;
    }
}
