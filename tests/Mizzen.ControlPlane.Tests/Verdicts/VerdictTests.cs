using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Verdicts;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Tests.Verdicts;

public sealed class VerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Problem Mistake = new(IstioCodes.ReferencedResourceNotFound, null, "spec.http[0]", "no such host");
    private static readonly Problem Doubt = new(IstioCodes.VirtualServiceUnreachableRule, null, "spec.http[1]", "never reached");

    [Theory]
    [InlineData(3, 3, true, "True", "Accepted", "3/3 proxies up to date")]
    [InlineData(0, 0, true, "True", "Accepted", "0/0 proxies up to date")]
    [InlineData(1, 3, false, "False", "Pending", "1/3 proxies up to date")]
    public void The_condition_says_how_many_proxies_have_the_object(int programmed, int proxies, bool isComplete, string status, string reason, string message)
    {
        var condition = Patched(Fresh(), new Verdict([], [], new Reach(programmed, proxies, isComplete)))["conditions"]![0]!;
        Assert.Equal((status, reason, message), ((string?)condition["status"], (string?)condition["reason"], (string?)condition["message"]));
    }

    [Fact]
    public void Proxies_that_come_and_go_later_are_no_news()
    {
        var written = With(Patched(Fresh(), new Verdict([], [], new Reach(3, 3, true))));
        written["status"]!.AsObject().Remove("validationMessages");
        Assert.Null(new Verdict([], [], new Reach(4, 5, true)).PatchFor(written, Now.AddHours(1)));
    }

    [Fact]
    public void A_mistake_becomes_a_condition_and_a_message()
    {
        var status = Patched(Fresh(), new Verdict([Mistake], [], Reach.Nobody));
        Assert.Equal("False", (string?)status["conditions"]![0]!["status"]);
        Assert.Equal("Invalid", (string?)status["conditions"]![0]!["reason"]);
        Assert.Equal(7, (int?)status["conditions"]![0]!["observedGeneration"]);
        Assert.Equal("IST0101", (string?)status["validationMessages"]![0]!["type"]!["code"]);
        Assert.Equal("ERROR", (string?)status["validationMessages"]![0]!["level"]);
    }

    [Fact]
    public void A_doubt_is_only_a_message()
    {
        var status = Patched(Fresh(), new Verdict([Doubt], [], Reach.Nobody));
        Assert.Equal("True", (string?)status["conditions"]![0]!["status"]);
        Assert.Equal("WARNING", (string?)status["validationMessages"]![0]!["level"]);
    }

    [Fact]
    public void A_refusal_says_what_the_proxies_said()
    {
        var status = Patched(Fresh(), new Verdict([], ["proxies refuse RDS 80: too long"], new Reach(2, 3, false)));
        Assert.Equal("Refused", (string?)status["conditions"]![0]!["reason"]);
        Assert.Equal("2/3 proxies up to date; proxies refuse RDS 80: too long", (string?)status["conditions"]![0]!["message"]);
    }

    [Fact]
    public void What_the_status_says_already_is_not_written_again()
    {
        var written = With(Patched(Fresh(), new Verdict([Mistake], [], Reach.Nobody)));
        Assert.Null(new Verdict([Mistake], [], Reach.Nobody).PatchFor(written, Now.AddHours(1)));
    }

    [Fact]
    public void What_is_repaired_is_said_once_and_keeps_the_time_of_the_change()
    {
        var broken = With(Patched(Fresh(), new Verdict([Mistake], [], Reach.Nobody)));
        var repaired = Patched(broken, new Verdict([], [], Reach.Nobody), Now.AddHours(1));
        Assert.Equal("True", (string?)repaired["conditions"]![0]!["status"]);
        Assert.Equal("2026-01-02T04:04:05Z", (string?)repaired["conditions"]![0]!["lastTransitionTime"]);
        Assert.True(repaired.ContainsKey("validationMessages"));
        Assert.Null(repaired["validationMessages"]);
        repaired.Remove("validationMessages");
        Assert.Null(new Verdict([], [], Reach.Nobody).PatchFor(With(repaired), Now.AddHours(2)));
    }

    [Fact]
    public void Conditions_of_others_stay()
    {
        var resource = With(new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Other", ["status"] = "True" }) });
        Assert.Equal(["Other", "Reconciled"], Patched(resource, new Verdict([Mistake], [], Reach.Nobody))["conditions"]!.AsArray().Select(condition => (string?)condition!["type"]));
    }

    private static JsonObject Fresh() => new() { ["metadata"] = new JsonObject { ["name"] = "reviews", ["generation"] = 7 } };

    private static JsonObject With(JsonObject status)
    {
        var resource = Fresh();
        resource["status"] = status.DeepClone();
        return resource;
    }

    private static JsonObject Patched(JsonObject resource, Verdict verdict, DateTimeOffset? now = null) =>
        verdict.PatchFor(resource, now ?? Now)!["status"]!.AsObject();
}
