# Mail::SPF, asked by lines (judge.py): {"client", "helo", "sender"} in JSON, "= RESULT\tTEXT" back.
use strict; use warnings; use JSON::PP; use Mail::SPF; use Net::DNS;
$| = 1;

package Asker;
sub new { bless {}, shift }
sub errorstring { "" }
sub send {
  my ($self, $name, $type) = @_;
  $name =~ s/[\r\n]/?/g;
  print "? $name $type\n";
  my ($code, $records) = @{JSON::PP::decode_json(scalar <STDIN>)};
  my $packet = Net::DNS::Packet->new("question.example", $type);
  $packet->header->rcode($code == 0 ? "NOERROR" : $code == 3 ? "NXDOMAIN" : "SERVFAIL");
  for my $record (@$records) {
    my ($owner, $kind, $value) = @$record;
    my %data = $kind eq "TXT" ? (txtdata => [$value]) : $kind eq "MX" ? (preference => $value->[0], exchange => $value->[1])
      : $kind eq "CNAME" ? (cname => $value) : $kind eq "PTR" ? (ptrdname => $value) : (address => $value);
    $packet->push(answer => Net::DNS::RR->new(name => "owner.example", type => $kind, %data));
  }
  return $packet;
}

package main;
my $server = Mail::SPF::Server->new(dns_resolver => Asker->new, hostname => "mx.receiver.example",
                                    query_rr_types => Mail::SPF::Server->query_rr_type_txt);
while (<STDIN>) {
  my $given = decode_json($_);
  my @words = eval {
    local $SIG{__WARN__} = sub { };
    my @identity = $given->{sender} eq "" ? (scope => "helo", identity => $given->{helo})
      : (scope => "mfrom", identity => $given->{sender}, helo_identity => $given->{helo});
    my $result = $server->process(Mail::SPF::Request->new(@identity, versions => [1], ip_address => $given->{client}));
    ($result->code, $result->text);
  };
  @words = ("died", ref $@ ? $@->text : $@) if $@;
  my $line = join("\t", map { $_ // "" } @words); $line =~ s/[\r\n]+/ /g;
  print "= $line\n";
}
