package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.sdk.openrouter.ProviderRouting.DataCollection;
import io.keycoord.sdk.openrouter.ProviderRouting.Price;
import io.keycoord.sdk.openrouter.ProviderRouting.Sort;
import org.junit.jupiter.api.Test;

class ProviderRoutingTest {

    private static String sent(ProviderRouting routing) {
        return routing.json().toString().replace('"', '\'');
    }

    @Test
    void everyDocumentedFieldIsSent() {
        ProviderRouting all = ProviderRouting.order("Anthropic", "Amazon Bedrock")
                .allowFallbacks(true)
                .requireParameters(true)
                .dataCollection(DataCollection.DENY)
                .zeroDataRetention(true)
                .enforceDistillableText(false)
                .only("a", "b")
                .ignore("c")
                .quantizations("fp8", "bf16")
                .sort(Sort.THROUGHPUT)
                .preferredMinThroughput(50)
                .preferredMaxLatency(1.5)
                .maxPrice(Price.PROMPT, 1)
                .maxPrice(Price.COMPLETION, 2.5)
                .field("newer", 1);

        assertThat(sent(all))
                .isEqualTo("{'order':['Anthropic','Amazon Bedrock'],'allow_fallbacks':true,'require_parameters':true,"
                        + "'data_collection':'deny','zdr':true,'enforce_distillable_text':false,'only':['a','b'],"
                        + "'ignore':['c'],'quantizations':['fp8','bf16'],'sort':'throughput',"
                        + "'preferred_min_throughput':50.0,'preferred_max_latency':1.5,"
                        + "'max_price':{'prompt':1.0,'completion':2.5},'newer':1}");
    }

    @Test
    void sortMayNameItsPartition() {
        assertThat(sent(ProviderRouting.any().sort(Sort.PRICE, "none")))
                .isEqualTo("{'sort':{'by':'price','partition':'none'}}");
    }

    @Test
    void whatIsNotSaidIsNotSent() {
        assertThat(sent(ProviderRouting.any())).isEqualTo("{}");
    }

    @Test
    void changingGivesACopy() {
        ProviderRouting one = ProviderRouting.any().maxPrice(Price.IMAGE, 1);
        one.maxPrice(Price.AUDIO, 1);

        assertThat(sent(one)).isEqualTo("{'max_price':{'image':1.0}}");
    }

    @Test
    void nonsenseIsRefusedByName() {
        assertThatThrownBy(() -> ProviderRouting.order())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("order is empty, expected at least one name");
        assertThatThrownBy(() -> ProviderRouting.any().maxPrice(Price.PROMPT, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxPrice is -1.0, expected 0 or more");
        assertThatThrownBy(() -> ProviderRouting.any().preferredMaxLatency(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("preferredMaxLatency is 0.0, expected more than 0");
    }
}
