package dev.parley.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.parley.wire.head.RequestHead;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouteAllocationTest {
    private static final int MATCHES = 10_000;

    @Test
    void matchingByHostPathMethodHeaderAndQueryAllocatesNothing() {
        List<RouteTable.Entry<String>> routes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            routes.add(
                    Matches.path("/service-" + i + "/v1").host("*.example.com").named("prefix-" + i));
            routes.add(Matches.path("/users/{id}/things-" + i).method("GET").named("template-" + i));
            routes.add(Matches.exact("/exact")
                    .header("x-tenant", "t" + i)
                    .query("q", "v" + i)
                    .named("values-" + i));
        }
        RouteTable<String> table = RouteTable.compile(routes, new SplittableRandom(1));

        assertAllocatesNothing(table, Requests.request("GET /service-42/v1/x", "a.example.com"), "prefix-42");
        assertAllocatesNothing(table, Requests.request("GET /users/7/things-42", "b.com"), "template-42");
        assertAllocatesNothing(table, Requests.get("/exact?p=1&q=v42", "X-Tenant: t42"), "values-42");
        assertAllocatesNothing(table, Requests.get("/exact", "x-tenant: t1", "x-tenant: t2"), null);
    }

    private static void assertAllocatesNothing(RouteTable<String> table, RequestHead head, @Nullable String expected) {
        assertThat(table.match(head)).isEqualTo(expected);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int matched = 0;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < MATCHES; i++) {
            matched += table.match(head) == null ? 0 : 1;
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(matched).isEqualTo(expected == null ? 0 : MATCHES);
        assertThat(allocated / MATCHES).as("bytes a match").isZero();
    }
}
