package dev.parley.proxy.exchange;

import dev.parley.proxy.record.Decision;
import dev.parley.proxy.snapshot.RouteView;
import dev.parley.proxy.snapshot.ServiceView;
import dev.parley.wire.head.RequestHead;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Writes the head of a request as an endpoint's protocol has it. */
public interface RequestEncoder {
    /** The head as bytes, owned by the caller; null where the rewritten target is over the bound. */
    @Nullable
    ByteBuf encode(
            RequestHead head,
            RequestShape shape,
            ClientFacts client,
            RouteView route,
            ServiceView service,
            Decision decision,
            LatencyBudget budget,
            int maxTargetBytes);
}
