# Mail::DMARC, asked by lines (judge.py): {"from", "envelope", "spf"} in JSON, "= RESULT\tDISPOSITION\tREASON" back. `example` is
# the public suffix.
use strict; use warnings; use JSON::PP; use Net::DNS; use Mail::DMARC::PurePerl;
$| = 1;

package Asker;
sub new { bless {}, shift }
sub query { my $packet = shift->send(@_); return $packet && $packet->answer ? $packet : undef }
sub send {
  my ($self, $name, $type) = @_;
  print "? $name $type\n";
  my ($code, $records) = @{JSON::PP::decode_json(scalar <STDIN>)};
  my $packet = Net::DNS::Packet->new("question.example", $type);
  for my $record (@$records) {
    my ($owner, $kind, $value) = @$record;
    my %data = $kind eq "TXT" ? (txtdata => [$value]) : $kind eq "MX" ? (preference => $value->[0], exchange => $value->[1])
      : $kind eq "CNAME" ? (cname => $value) : (address => $value);
    $packet->push(answer => Net::DNS::RR->new(name => "owner.example", type => $kind, %data));
  }
  return $code == 2 ? undef : $packet;
}

package main;
{ no warnings; *Mail::DMARC::Base::is_public_suffix = sub { $_[1] eq "example" }; }
while (<STDIN>) {
  my $given = decode_json($_);
  my @words = eval {
    local $SIG{__WARN__} = sub { };
    my $dmarc = Mail::DMARC::PurePerl->new;
    $dmarc->set_resolver(Asker->new);
    $dmarc->config->{report_store}{auto_save} = 0;
    $dmarc->header_from($given->{from});
    $dmarc->envelope_from($given->{envelope});
    $dmarc->source_ip("192.0.2.10");
    $dmarc->dkim([]);
    $dmarc->spf([{ scope => "mfrom", domain => $given->{envelope}, result => $given->{spf} }]);
    $dmarc->validate;
    my $result = $dmarc->result;
    my $reasons = join(",", map { ($_->type // "") . " " . ($_->comment // "") } @{ $result->reason || [] });
    ($result->result, $result->disposition, $reasons);
  };
  @words = ("died", "", $@) if $@;
  my $line = join("\t", map { $_ // "" } @words); $line =~ s/[\r\n]+/ /g;
  print "= $line\n";
}
