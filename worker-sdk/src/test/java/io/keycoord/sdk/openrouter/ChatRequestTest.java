package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.Priority;
import io.keycoord.sdk.okhttp.Affinity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChatRequestTest {
    private static final ChatRequest HELLO = ChatRequest.of("vendor/model:free", "Hello");

    private static String sent(ChatRequest request) {
        return request.body().toString().replace('"', '\'');
    }

    @Test
    void aQuestionIsOneMessageOfTheUser() {
        assertThat(sent(HELLO))
                .isEqualTo("{'model':'vendor/model:free','messages':[{'role':'user','content':'Hello'}]}");
    }

    @Test
    void eachWishIsAFieldOfItsName() {
        ChatRequest request = HELLO.withMaxTokens(50)
                .withTemperature(0.5)
                .withModels("x/y", "z/w:nitro")
                .withField("tools", List.of(Map.of("type", "function")))
                .withField("seed", 7)
                .withField("stop", null);

        assertThat(sent(request))
                .endsWith(",'max_tokens':50,'temperature':0.5,'models':['x/y','z/w:nitro'],"
                        + "'tools':[{'type':'function'}],'seed':7,'stop':null}");
    }

    @Test
    void theSystemMessageStandsInFrontOnce() {
        ChatRequest request = HELLO.withMessage(ChatMessage.assistant("Hi"))
                .withMessage(ChatMessage.of("tool", List.of("x")).withField("tool_call_id", "c1"))
                .withSystem("Be long.")
                .withSystem("Be short.");

        assertThat(sent(request))
                .endsWith("'messages':[{'role':'system','content':'Be short.'},{'role':'user','content':'Hello'},"
                        + "{'role':'assistant','content':'Hi'},{'role':'tool','content':['x'],'tool_call_id':'c1'}]}");
    }

    @Test
    void nothingChangesARequestThatIsMade() {
        String before = sent(HELLO);
        List<String> stops = new ArrayList<>(List.of("a"));
        ChatRequest changed =
                HELLO.withField("stop", stops).withSystem("Be short.").withMaxTokens(3);
        stops.add("b");
        ((ObjectNode) changed.body()).removeAll();

        assertThat(sent(HELLO)).isEqualTo(before);
        assertThat(sent(changed)).contains("'stop':['a']");
    }

    @Test
    void tagsAreNoPartOfTheBody() {
        ChatRequest request = HELLO.withPriority(Priority.BATCH).withAffinity("talk");

        assertThat(request.priority()).contains(Priority.BATCH);
        assertThat(request.affinity()).contains(new Affinity("talk"));
        assertThat(request.withMaxTokens(1).affinity()).isPresent();
        assertThat(sent(request)).isEqualTo(sent(HELLO));
    }

    @Test
    void nonsenseIsRefusedByName() {
        assertRefused(() -> ChatRequest.of("", "x"), "model is empty");
        assertRefused(() -> HELLO.withMessages(List.of()), "messages is empty");
        assertRefused(() -> HELLO.withMaxTokens(0), "maxTokens is 0, expected 1 or more");
        assertRefused(() -> HELLO.withTemperature(Double.NaN), "temperature is NaN, expected 0 to 2");
        assertRefused(() -> HELLO.withModels(), "models is empty");
        assertRefused(() -> HELLO.withField("stream", true), "stream");
        assertRefused(() -> HELLO.withField("x", new Object()), "x is a java.lang.Object");
        assertRefused(() -> ChatMessage.of("", "x"), "role is empty");
    }

    private static void assertRefused(Runnable wrong, String message) {
        assertThatThrownBy(wrong::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void whatIsSaidIsInNoText() {
        assertThat(HELLO.withAffinity("talk").toString()).isEqualTo("ChatRequest[vendor/model:free, 1 messages]");
        assertThat(ChatMessage.user("Hello")).hasToString("ChatMessage[user]");
    }
}
