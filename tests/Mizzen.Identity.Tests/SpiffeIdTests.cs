namespace Mizzen.Identity.Tests;

public sealed class SpiffeIdTests
{
    [Fact]
    public void A_service_accounts_id_is_written_as_istio_writes_it()
    {
        var id = SpiffeId.ForServiceAccount(TrustDomain.ClusterLocal, "istio-system", "istiod");

        Assert.Equal("spiffe://cluster.local/ns/istio-system/sa/istiod", id.ToString());
        Assert.Equal(id, SpiffeId.Parse(id.ToString()));
        Assert.Equal(("istio-system", "istiod"), (id.Namespace, id.ServiceAccount));
    }

    [Theory]
    [InlineData("spiffe://example.org", true)]
    [InlineData("spiffe://example.org/a/b-c_d.e", true)]
    [InlineData("spiffe://Example.org/a", false)]
    [InlineData("spiffe://example.org/", false)]
    [InlineData("spiffe://example.org/a//b", false)]
    [InlineData("spiffe://example.org/../b", false)]
    [InlineData("spiffe://example.org/a%20b", false)]
    [InlineData("spiffe://", false)]
    [InlineData("https://example.org/a", false)]
    public void Only_spiffe_ids_are_read(string text, bool valid) => Assert.Equal(valid, SpiffeId.TryParse(text, out _));

    [Fact]
    public void An_id_of_another_shape_has_no_service_account() => Assert.Null(SpiffeId.Parse("spiffe://example.org/web").ServiceAccount);
}
